// The names of the methods: how they are formed, and that no two are the same.
import Contracts
import RPC
import Testing

@Suite struct MethodNameTests {
    private static let methods: [any RPCMethod.Type] = [
        ListNetworks.self, CreateSandbox.self, RemoveSandbox.self, ListSandboxes.self,
        CreateNetwork.self, RemoveNetwork.self, ConnectEndpoint.self, DisconnectEndpoint.self, RenameSandbox.self, RelinkSandbox.self,
        WatchNetworks.self,
        PrepareSnapshot.self, LeaseImage.self, WatchImages.self, RemoveSnapshot.self, ListSnapshots.self, MeasureSnapshot.self,
        ImportImage.self, LoadImages.self, ListImages.self, InspectImage.self, TagImage.self, RemoveImage.self,
        CreateVolume.self, ListVolumes.self, RemoveVolume.self, MeasureVolumes.self, FillVolume.self, MountVolume.self, UnmountVolumes.self,
        ListVolumeMounts.self, StatFile.self, ReadFiles.self, WriteFiles.self, ExportContainer.self, ListChanges.self,
        SaveImages.self, CommitContainer.self, MeasureStore.self, ClassifyBytes.self,
        AdoptContainer.self, StartContainer.self, InspectShim.self, WatchShim.self, SignalContainer.self, PauseContainer.self,
        ResumeContainer.self, ResizeTerminal.self, AttachContainer.self, StartExec.self, ListProcesses.self, ReleaseShim.self,
        RecoverContainer.self, KillShim.self, ReadStats.self, UpdateContainer.self, NoteCalls.self,
    ]

    @Test func noTwoAreTheSame() {
        #expect(Set(Self.methods.map { $0.name }).count == Self.methods.count)
    }

    @Test(arguments: methods.map { $0.name }) func startWithTheirService(name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        #expect(["shim", "images", "network"].contains(parts[0]))
        #expect((2...3).contains(parts.count))
        #expect(parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isLowercase) })
    }
}
