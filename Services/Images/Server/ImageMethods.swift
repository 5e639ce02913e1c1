// What the image service does, as a list of methods.
import Contracts
import RPC
import RPCNIO

/// Binds the methods of the contract to the service.
public enum ImageMethods {
    public static func table(for service: ImageService) -> RPCMethodTable {
        var table = RPCMethodTable()
        table.addStream(ImportImage.self) { request, _, stream in
            try await service.importImage(request, input: stream.inbound.map(\.bytes)) { try await stream.send($0) }
        }
        table.addStream(LoadImages.self) { request, _, stream in
            try await service.loadImages(request, input: stream.inbound.map(\.bytes)) { try await stream.send($0) }
        }
        table.addStream(PullImage.self) { request, _, stream in
            try await service.pullImage(request) { try await stream.send($0) }
        }
        table.addStream(PushImage.self) { request, _, stream in
            try await service.pushImage(request) { try await stream.send($0) }
        }
        table.add(LogIn.self) { request, _ in try await service.logIn(request) }
        table.add(SearchImages.self) { request, _ in try await service.searchImages(request) }
        table.add(InspectDistribution.self) { request, _ in try await service.inspectDistribution(request) }
        table.addStream(CheckImages.self) { request, _, stream in
            try await service.checkImages(request) { try await stream.send($0) }
        }
        table.add(ListImages.self) { _, _ in service.listImages() }
        table.add(InspectImage.self) { request, _ in try service.inspectImage(request.name) }
        table.add(TagImage.self) { request, _ in try await service.tagImage(request) }
        table.add(RemoveImage.self) { request, _ in try await service.removeImage(request) }
        addSnapshots(to: &table, service)
        table.addStream(WatchImages.self) { _, _, stream in
            try await service.watchImages { try await stream.send($0) }
            return RPCNothing()
        }
        addVolumes(to: &table, service)
        addFiles(to: &table, service)
        addData(to: &table, service)
        return table.guarded { method, context in try CallScope(context.scope).check(method: method) }
    }

    private static func addSnapshots(to table: inout RPCMethodTable, _ service: ImageService) {
        table.add(PrepareSnapshot.self) { request, context in
            let check = ScopeCheck(context, service)
            try check.scope.check(labels: request.labels, of: "container \(request.containerID)")
            try check.container(request.containerID)
            return try await service.prepareSnapshot(request)
        }
        table.add(LeaseImage.self) { request, context in
            try ScopeCheck(context, service).container(request.containerID)
            return try await service.leaseImage(request)
        }
        table.add(RemoveSnapshot.self) { request, context in
            try ScopeCheck(context, service).container(request.containerID)
            try await service.removeSnapshot(request)
            return RPCNothing()
        }
        table.add(ListSnapshots.self) { _, _ in service.listSnapshots() }
        table.add(MeasureSnapshot.self) { request, context in
            try ScopeCheck(context, service).container(request.containerID)
            return try await service.measureSnapshot(request)
        }
    }

    private static func addData(to table: inout RPCMethodTable, _ service: ImageService) {
        table.addStream(SaveImages.self) { request, _, stream in
            try await service.saveImages(request) { try await stream.send($0) }
        }
        table.add(CommitContainer.self) { request, context in
            try ScopeCheck(context, service).container(request.containerID)
            return try await service.commitContainer(request)
        }
        table.add(MeasureStore.self) { _, _ in service.measureStore() }
        table.add(ClassifyBytes.self) { _, _ in try await service.classifyBytes() }
    }

    private static func addFiles(to table: inout RPCMethodTable, _ service: ImageService) {
        table.add(StatFile.self) { request, context in
            try ScopeCheck(context, service).container(request.files.containerID)
            return try await service.statFile(request)
        }
        table.addStream(ReadFiles.self) { request, context, stream in
            try ScopeCheck(context, service).container(request.files.containerID)
            try await service.readFiles(request) { try await stream.send($0) }
            return RPCNothing()
        }
        table.addStream(WriteFiles.self) { request, context, stream in
            try ScopeCheck(context, service).container(request.files.containerID)
            try await service.writeFiles(request, input: stream.inbound.map(\.bytes))
            return RPCNothing()
        }
        table.addStream(ExportContainer.self) { request, context, stream in
            try ScopeCheck(context, service).container(request.containerID)
            try await service.exportContainer(request) { try await stream.send($0) }
            return RPCNothing()
        }
        table.addStream(ListChanges.self) { request, context, stream in
            try ScopeCheck(context, service).container(request.containerID)
            try await service.listChanges(request) { try await stream.send($0) }
            return RPCNothing()
        }
    }

    private static func addVolumes(to table: inout RPCMethodTable, _ service: ImageService) {
        table.add(CreateVolume.self) { request, context in
            let check = ScopeCheck(context, service)
            try check.scope.check(volumeOptions: request.options)
            // One that is there is given as it is, whatever is asked for.
            try check.volume(request.name)
            if check.catalog.volumes[request.name] == nil { try check.scope.check(volume: request.name, labels: request.labels) }
            return try await service.createVolume(request)
        }
        table.add(ListVolumes.self) { _, _ in service.listVolumes() }
        table.add(RemoveVolume.self) { request, context in
            try ScopeCheck(context, service).volume(request.name)
            try await service.removeVolume(request)
            return RPCNothing()
        }
        table.add(MeasureVolumes.self) { request, _ in try await service.measureVolumes(request) }
        table.add(FillVolume.self) { request, context in
            try ScopeCheck(context, service).container(request.containerID)
            try ScopeCheck(context, service).volume(request.volume)
            try await service.fillVolume(request)
            return RPCNothing()
        }
        table.add(MountVolume.self) { request, context in
            try ScopeCheck(context, service).container(request.containerID)
            try ScopeCheck(context, service).volume(request.volume)
            try await service.mountVolume(request)
            return RPCNothing()
        }
        table.add(UnmountVolumes.self) { request, context in
            try ScopeCheck(context, service).container(request.containerID)
            try await service.unmountVolumes(request)
            return RPCNothing()
        }
        table.add(ListVolumeMounts.self) { _, _ in service.listVolumeMounts() }
    }
}
