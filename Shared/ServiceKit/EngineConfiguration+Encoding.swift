// Writes a configuration in the form it is read in, for the services of an engine whose configuration was put together from flags.

extension EngineConfiguration: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(dataRoot, forKey: .dataRoot)
        try container.encodeIfPresent(execRoot, forKey: .execRoot)
        try container.encode(cgroupParent, forKey: .cgroupParent)
        try container.encodeIfPresent(pidFile, forKey: .pidFile)
        try container.encode(registries.mirrors, forKey: .registryMirrors)
        try container.encode(registries.insecure, forKey: .insecureRegistries)
        try container.encode(registries.certificates, forKey: .registryCertificates)
        try container.encode(registries.concurrentDownloads, forKey: .concurrentDownloads)
        try container.encode(registries.concurrentUploads, forKey: .concurrentUploads)
        try container.encode(registries.downloadAttempts, forKey: .downloadAttempts)
        try container.encode(registries.proxies, forKey: .proxies)
        try container.encode(hosts, forKey: .hosts)
        try container.encode(labels, forKey: .labels)
        try container.encode(isExperimental, forKey: .experimental)
        try container.encodeIfPresent(criu, forKey: .criu)
        try container.encode(debug, forKey: .debug)
        try container.encode(logLevel, forKey: .logLevel)
        try container.encodeIfPresent(group, forKey: .group)
        // As false only where it was said: that is a word of its own.
        if tls.isOn || tls.isDeclined { try container.encode(tls.isOn, forKey: .tls) }
        try container.encode(tls.verifiesClients, forKey: .tlsVerify)
        try container.encodeIfPresent(tls.authority, forKey: .tlsAuthority)
        try container.encodeIfPresent(tls.certificate, forKey: .tlsCertificate)
        try container.encodeIfPresent(tls.key, forKey: .tlsKey)
        try container.encodeIfPresent(metricsAddress, forKey: .metricsAddress)
        try container.encodeIfPresent(minAPIVersion, forKey: .minAPIVersion)
        try writeNetwork(&container)
        try writeDevices(&container)
        try writeContainers(&container)
        try container.encode(scopedSockets, forKey: .scopedSockets)
        try container.encode(usersRemap, forKey: .usersRemap)
        try container.encode(usersPool, forKey: .usersPool)
        var others = encoder.container(keyedBy: AnyKey.self)
        for (name, value) in idle { try others.encode(value, forKey: AnyKey(name)) }
    }
}
