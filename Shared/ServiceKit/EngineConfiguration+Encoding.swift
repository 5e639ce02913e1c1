// Writes a configuration in the form it is read in, for the services of an engine whose configuration was put together from flags.

extension EngineConfiguration: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(dataRoot, forKey: .dataRoot)
        try container.encodeIfPresent(execRoot, forKey: .execRoot)
        try container.encode(bridge, forKey: .bridge)
        try container.encodeIfPresent(bip, forKey: .bip)
        try container.encode(defaultAddressPools, forKey: .defaultAddressPools)
        try container.encodeIfPresent(mtu, forKey: .mtu)
        try container.encode(nftablesTable, forKey: .nftablesTable)
        try container.encode(publishPolicy, forKey: .publishPolicy)
        try container.encode(cgroupParent, forKey: .cgroupParent)
        try container.encode(registries.mirrors, forKey: .registryMirrors)
        try container.encode(registries.insecure, forKey: .insecureRegistries)
        try container.encode(registries.certificates, forKey: .registryCertificates)
        try container.encode(registries.concurrentDownloads, forKey: .concurrentDownloads)
        try container.encode(registries.concurrentUploads, forKey: .concurrentUploads)
        try container.encode(registries.downloadAttempts, forKey: .downloadAttempts)
        try container.encode(registries.proxies, forKey: .proxies)
        try container.encode(hosts, forKey: .hosts)
        try container.encode(labels, forKey: .labels)
        try container.encode(debug, forKey: .debug)
        try container.encode(logLevel, forKey: .logLevel)
        try container.encodeIfPresent(group, forKey: .group)
        try container.encode(tls.isOn, forKey: .tls)
        try container.encode(tls.verifiesClients, forKey: .tlsVerify)
        try container.encodeIfPresent(tls.authority, forKey: .tlsAuthority)
        try container.encodeIfPresent(tls.certificate, forKey: .tlsCertificate)
        try container.encodeIfPresent(tls.key, forKey: .tlsKey)
        try container.encodeIfPresent(metricsAddress, forKey: .metricsAddress)
    }
}
