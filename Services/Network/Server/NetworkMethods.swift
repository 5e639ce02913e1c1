// What the network service answers, method by method.
import Contracts
import RPC
import RPCNIO

/// The table of the service's methods.
public enum NetworkMethods {
    public static func table(for service: NetworkService) -> RPCMethodTable {
        var table = RPCMethodTable()
        table.add(ListNetworks.self) { _, _ in ListNetworks.Response(networks: await service.listNetworks()) }
        table.add(ListSandboxes.self) { _, _ in ListSandboxes.Response(sandboxes: await service.listSandboxes()) }
        table.add(CreateSandbox.self) { request, context in
            let scope = CallScope(context.scope)
            try scope.check(request)
            try await service.check(scope, container: request.containerID)
            for endpoint in request.endpoints { try await service.check(scope, network: endpoint.network) }
            return try await answer { try await service.createSandbox(request) }
        }
        table.add(PublishPorts.self) { request, context in
            try await service.check(CallScope(context.scope), container: request.containerID)
            return try await answer { try await service.publishPorts(request) }
        }
        table.add(RemoveSandbox.self) { request, context in
            try await service.check(CallScope(context.scope), container: request.containerID)
            try await answer { try await service.removeSandbox(request) }
            return RPCNothing()
        }
        table.add(CreateNetwork.self) { request, context in
            let scope = CallScope(context.scope)
            try scope.check(request)
            return try await answer {
                try await service.check(scope, subnetsOf: request)
                return try await service.createNetwork(request)
            }
        }
        table.add(RemoveNetwork.self) { request, context in
            try await service.check(CallScope(context.scope), network: request.id)
            try await answer { try await service.removeNetwork(request) }
            return RPCNothing()
        }
        addMemberships(to: &table, service)
        table.addStream(WatchNetworks.self) { _, _, stream in
            try await service.followNotices { try await stream.send($0) }
            return RPCNothing()
        }
        return table.guarded { method, context in try CallScope(context.scope).check(method: method) }
    }

    private static func addMemberships(to table: inout RPCMethodTable, _ service: NetworkService) {
        table.add(ConnectEndpoint.self) { request, context in
            try await service.check(CallScope(context.scope), container: request.containerID)
            try await service.check(CallScope(context.scope), network: request.endpoint.network)
            return try await answer { try await service.connectEndpoint(request) }
        }
        table.add(DisconnectEndpoint.self) { request, context in
            try await service.check(CallScope(context.scope), container: request.containerID)
            return try await answer { DisconnectEndpoint.Response(sandbox: try await service.disconnectEndpoint(request)) }
        }
        table.add(RenameSandbox.self) { request, context in
            try await service.check(CallScope(context.scope), container: request.containerID)
            return try await answer { RenameSandbox.Response(sandbox: try await service.renameSandbox(request)) }
        }
        table.add(RelinkSandbox.self) { request, context in
            try await service.check(CallScope(context.scope), container: request.containerID)
            try await answer { try await service.relinkSandbox(request) }
            return RPCNothing()
        }
    }

    /// Gives the errors of this service the words and codes of the wire.
    private static func answer<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as IPAMError {
            throw error.rpcError
        } catch let error as KernelError {
            throw RPCError(.internalError, error.description)
        } catch let error as NetlinkError {
            throw RPCError(.internalError, error.description)
        } catch let error as NftablesError {
            throw RPCError(.internalError, error.description)
        }
    }
}
