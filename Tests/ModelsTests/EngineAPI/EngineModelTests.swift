// The documents of the Engine API, compared with what dockerd writes and clients send.
import Models
import Testing

@Suite("Engine API models") struct EngineModelTests {
    @Test func anEmptyConfigIsWrittenAsDockerdWritesIt() throws {
        let expected =
            #"{"AttachStderr":false,"AttachStdin":false,"AttachStdout":false,"Cmd":null,"Domainname":"","Entrypoint":null,"Env":null,"#
            + #""Hostname":"","Image":"","Labels":null,"OnBuild":null,"OpenStdin":false,"StdinOnce":false,"Tty":false,"User":"","#
            + #""Volumes":null,"WorkingDir":""}"#
        #expect(try JSON.encode(ContainerConfig()) == expected)
    }

    @Test func anEmptyHostConfigIsWrittenAsDockerdWritesIt() throws {
        let expected =
            #"{"AutoRemove":false,"Binds":null,"BlkioDeviceReadBps":null,"BlkioDeviceReadIOps":null,"BlkioDeviceWriteBps":null,"#
            + #""BlkioDeviceWriteIOps":null,"BlkioWeight":0,"BlkioWeightDevice":null,"CapAdd":null,"CapDrop":null,"Cgroup":"","#
            + #""CgroupParent":"","CgroupnsMode":"","ConsoleSize":[0,0],"ContainerIDFile":"","CpuCount":0,"CpuPercent":0,"CpuPeriod":0,"#
            + #""CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpuShares":0,"CpusetCpus":"","CpusetMems":"","#
            + #""DeviceCgroupRules":null,"DeviceRequests":null,"Devices":null,"Dns":null,"DnsOptions":null,"DnsSearch":null,"#
            + #""ExtraHosts":null,"GroupAdd":null,"IOMaximumBandwidth":0,"IOMaximumIOps":0,"IpcMode":"","Isolation":"","Links":null,"#
            + #""LogConfig":{"Config":null,"Type":""},"MaskedPaths":null,"Memory":0,"MemoryReservation":0,"MemorySwap":0,"#
            + #""MemorySwappiness":null,"NanoCpus":0,"NetworkMode":"","OomKillDisable":null,"OomScoreAdj":0,"PidMode":"","PidsLimit":null,"#
            + #""PortBindings":null,"Privileged":false,"PublishAllPorts":false,"ReadonlyPaths":null,"ReadonlyRootfs":false,"#
            + #""RestartPolicy":{"MaximumRetryCount":0,"Name":""},"SecurityOpt":null,"ShmSize":0,"UTSMode":"","Ulimits":null,"#
            + #""UsernsMode":"","VolumeDriver":"","VolumesFrom":null}"#
        #expect(try JSON.encode(HostConfig()) == expected)
    }

    /// A request with every field; what is read and written again is the same.
    static let wholeHostConfig =
        #"{"Annotations":{"a":"b"},"AutoRemove":true,"Binds":["/a:/b:ro"],"BlkioDeviceReadBps":[{"Path":"/dev/sda","Rate":1}],"#
        + #""BlkioDeviceReadIOps":[],"BlkioDeviceWriteBps":[{"Path":"/dev/sdb","Rate":18446744073709551615}],"BlkioDeviceWriteIOps":[],"#
        + #""BlkioWeight":10,"BlkioWeightDevice":[{"Path":"/dev/sda","Weight":5}],"CapAdd":["NET_ADMIN"],"CapDrop":["ALL"],"Cgroup":"c","#
        + #""CgroupParent":"/p","CgroupnsMode":"private","ConsoleSize":[24,80],"ContainerIDFile":"/f","CpuCount":1,"CpuPercent":2,"#
        + #""CpuPeriod":3,"CpuQuota":-1,"CpuRealtimePeriod":5,"CpuRealtimeRuntime":6,"CpuShares":7,"CpusetCpus":"0-3","CpusetMems":"0","#
        + #""DeviceCgroupRules":["c 1:1 rwm"],"DeviceRequests":[{"Capabilities":[["gpu"]],"Count":-1,"DeviceIDs":["0"],"Driver":"d","#
        + #""Options":{"o":"p"}}],"Devices":[{"CgroupPermissions":"rwm","PathInContainer":"/y","PathOnHost":"/x"}],"Dns":["8.8.8.8"],"#
        + #""DnsOptions":["o"],"DnsSearch":["s"],"ExtraHosts":["h:1.2.3.4"],"GroupAdd":["5"],"IOMaximumBandwidth":1,"IOMaximumIOps":2,"#
        + #""Init":true,"IpcMode":"shareable","Isolation":"default","KernelMemory":3,"KernelMemoryTCP":4,"Links":["a:b"],"#
        + #""LogConfig":{"Config":{"max-size":"1m"},"Type":"json-file"},"MaskedPaths":[],"Memory":1,"MemoryReservation":2,"MemorySwap":-1,"#
        + #""MemorySwappiness":60,"Mounts":[{"BindOptions":{"CreateMountpoint":true,"NonRecursive":true,"Propagation":"rslave","#
        + #""ReadOnlyForceRecursive":true,"ReadOnlyNonRecursive":true},"Consistency":"cached","ReadOnly":true,"Source":"/s","Target":"/t","#
        + #""Type":"bind"},{"Target":"/v","Type":"volume","VolumeOptions":{"DriverConfig":{"Name":"local","Options":{"k":"v"}},"#
        + #""Labels":{"l":"m"},"NoCopy":true,"Subpath":"p"}},{"Target":"/m","TmpfsOptions":{"Mode":511,"Options":[["noexec"],["uid","5"]],"#
        + #""SizeBytes":9},"Type":"tmpfs"},{"ImageOptions":{"Subpath":"q"},"Source":"i","Target":"/i","Type":"image"}],"NanoCpus":8,"#
        + #""NetworkMode":"n","OomKillDisable":false,"OomScoreAdj":-5,"PidMode":"host","PidsLimit":-1,"#
        + #""PortBindings":{"80/tcp":[{"HostIp":"","#
        + #""HostPort":"8080"}],"81/udp":null},"Privileged":true,"PublishAllPorts":true,"ReadonlyPaths":["/proc/sys"],"#
        + #""ReadonlyRootfs":true,"#
        + #""RestartPolicy":{"MaximumRetryCount":3,"Name":"on-failure"},"Runtime":"runc","SecurityOpt":["no-new-privileges"],"ShmSize":1,"#
        + #""StorageOpt":{"size":"1G"},"Sysctls":{"net.a":"1"},"Tmpfs":{"/t":"rw"},"UTSMode":"host","Ulimits":[{"Hard":2,"Name":"nofile","#
        + #""Soft":1}],"UsernsMode":"host","VolumeDriver":"local","VolumesFrom":["c"]}"#

    @Test func noFieldOfAHostConfigIsLost() throws {
        #expect(try JSON.encode(try JSON.decode(HostConfig.self, Self.wholeHostConfig)) == Self.wholeHostConfig)
    }

    static let wholeConfig =
        #"{"ArgsEscaped":true,"AttachStderr":true,"AttachStdin":true,"AttachStdout":true,"Cmd":["c"],"Domainname":"d","Entrypoint":[],"#
        + #""Env":["A=b"],"ExposedPorts":{"80/tcp":{}},"Healthcheck":{"Interval":1,"Retries":5,"StartInterval":4,"StartPeriod":3,"#
        + #""Test":["NONE"],"#
        + #""Timeout":2},"Hostname":"h","Image":"i","Labels":{"l":"m"},"MacAddress":"02:00:00:00:00:01","NetworkDisabled":true,"#
        + #""OnBuild":["o"],"#
        + #""OpenStdin":true,"Shell":["/bin/sh"],"StdinOnce":true,"StopSignal":"SIGINT","StopTimeout":0,"Tty":true,"User":"u","#
        + #""Volumes":{"/v":{}},"WorkingDir":"/w"}"#

    @Test func noFieldOfAConfigIsLost() throws {
        #expect(try JSON.encode(try JSON.decode(ContainerConfig.self, Self.wholeConfig)) == Self.wholeConfig)
    }

    @Test func aCreateRequestHasItsConfigAtTheTop() throws {
        let text =
            #"{"Image":"a","Unknown":5,"HostConfig":{"Memory":1},"#
            + #""NetworkingConfig":{"EndpointsConfig":{"n":null,"m":{"Aliases":["x"]}}}}"#
        let request = try JSON.decode(ContainerCreateRequest.self, text)
        #expect(request.config?.image == "a")
        #expect(request.hostConfig?.memory == 1)
        #expect(request.networkingConfig?.endpointsConfig?.count == 2)
        #expect(request.networkingConfig?.endpointsConfig?["m"]??.aliases == ["x"])
        #expect(try JSON.decode(ContainerCreateRequest.self, try JSON.encode(request)) == request)
    }

    @Test(arguments: ["{}", #"{"HostConfig":{}}"#, #"{"NetworkingConfig":null,"HostConfig":null}"#])
    func aRequestWithoutConfigFieldsHasNoConfig(_ text: String) throws {
        #expect(try JSON.decode(ContainerCreateRequest.self, text).config == nil)
    }

    @Test func legacyNetworkSettingsAreWrittenBesideTheOthers() throws {
        var settings = NetworkSettings()
        #expect(try JSON.encode(settings) == #"{"Networks":{},"Ports":{},"SandboxID":"","SandboxKey":""}"#)
        var endpoint = EndpointSettings()
        endpoint.ipAddress = "172.17.0.2"
        settings.legacy = LegacyNetworkSettings(of: endpoint)
        let text = try JSON.encode(settings)
        #expect(text.contains(#""IPAddress":"172.17.0.2""#))
        #expect(text.contains(#""SecondaryIPAddresses":null"#))
        #expect(text.contains(#""SandboxKey":"""#))
        settings.legacy = nil
        #expect(try JSON.decode(NetworkSettings.self, text) == settings)
    }

    @Test func summariesLeaveOutWhatWasNotAskedFor() throws {
        let summary = ContainerSummary(id: "i", names: ["/n"], state: .exited, hostConfig: .init(networkMode: "bridge"))
        let text = try JSON.encode(summary)
        for absent in ["SizeRw", "Health", "Annotations"] { #expect(!text.contains(absent)) }
        for present in [#""Ports":[]"#, #""Labels":{}"#, #""Mounts":[]"#, #""State":"exited""#] { #expect(text.contains(present)) }
        #expect(try JSON.encode(PortSummary(privatePort: 80, type: "tcp")) == #"{"PrivatePort":80,"Type":"tcp"}"#)
    }

    @Test func imagesHaveEmptyListsWhereDockerdHas() throws {
        let text = try JSON.encode(ImageSummary(id: "i"))
        #expect(
            text == #"{"Containers":-1,"Created":0,"Id":"i","Labels":null,"ParentId":"","RepoDigests":[],"RepoTags":[],"#
                + #""SharedSize":-1,"Size":0}"#)
        let items: [ImageDeleteItem] = [.untagged("a:b"), .deleted("sha256:1")]
        #expect(try JSON.encode(items) == #"[{"Untagged":"a:b"},{"Deleted":"sha256:1"}]"#)
        #expect(try JSON.decode([ImageDeleteItem].self, try JSON.encode(items)) == items)
    }

    @Test func failuresInProgressSayItTwice() throws {
        #expect(try JSON.encode(ProgressMessage(failure: "no")) == #"{"error":"no","errorDetail":{"message":"no"}}"#)
        #expect(
            try JSON.encode(ProgressMessage(status: "s", progressDetail: .init(current: 1, total: 2), id: "x"))
                == #"{"id":"x","progressDetail":{"current":1,"total":2},"status":"s"}"#)
    }

    @Test func aWaitWithoutFailureSaysNothingOfIt() throws {
        #expect(try JSON.encode(ContainerWaitResponse(statusCode: 3)) == #"{"StatusCode":3}"#)
        #expect(
            try JSON.encode(ContainerWaitResponse(statusCode: -1, error: .init(message: "m")))
                == #"{"Error":{"Message":"m"},"StatusCode":-1}"#)
    }

    @Test func execsReadWhatClientsSend() throws {
        let request = try JSON.decode(
            ExecCreateRequest.self, #"{"User":"","Tty":true,"ConsoleSize":[24,80],"Cmd":["sh"],"Detach":false,"Env":null}"#)
        #expect(request.consoleSize == ConsoleSize(rows: 24, columns: 80))
        #expect(request.cmd == ["sh"])
        #expect(try JSON.decode(ExecStartRequest.self, "{}") == ExecStartRequest())
    }

    @Test func theSwarmIsInactive() throws {
        let text = try JSON.encode(SystemInfo())
        #expect(text.contains(#""LocalNodeState":"inactive""#))
        #expect(text.contains(#""Warnings":null"#))
        #expect(!text.contains("FirewallBackend"))
        #expect(try JSON.decode(SystemInfo.self, text) == SystemInfo())
    }

    @Test(arguments: [
        ("1.52", APIVersion(1, 52)), ("1.9", APIVersion(1, 9)), ("2.0", APIVersion(2, 0)), ("1", nil), ("1.", nil), ("1.2.3", nil),
        ("a.b", nil), ("-1.2", nil), ("", nil), ("1.99999", nil),
    ])
    func versionsAreRead(_ text: String, _ version: APIVersion?) {
        #expect(APIVersion(text) == version)
    }

    @Test func versionsAreComparedByNumber() {
        #expect(APIVersion(1, 9) < APIVersion(1, 18))
        #expect(APIVersion(1, 52) < APIVersion(2, 0))
        #expect(APIVersion.oldest < APIVersion.newest)
    }

    @Test func filtersMatchAsDockersDo() {
        let filters = Filters(["label": ["a", "b=1"], "id": ["ab"], "none": []])
        #expect(filters.keys == ["id", "label"])
        #expect(filters.allows(labels: ["a": "", "b": "1"]))
        #expect(!filters.allows(labels: ["a": "", "b": "2"]))
        #expect(!filters.allows(labels: ["b": "1"]))
        #expect(filters.allows("id", prefixOf: "abc"))
        #expect(!filters.allows("id", prefixOf: "a"))
        #expect(filters.allows("id", "ab") && !filters.allows("id", "abc"))
        #expect(filters.allows("other", "x") && filters.allows("other", prefixOf: "x"))
        #expect(Filters().isEmpty)
    }
}
