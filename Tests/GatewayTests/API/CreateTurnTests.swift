// The ceiling of containers at a scoped socket, whatever is asked at the same time.
import GatewayBackends
import GatewayState
import Models
import RPC
import ServiceKit
import Testing

@testable import GatewayAPI
@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct CreateTurnTests {
    private func scoped(_ engine: ContainerEngine, containers: Int) -> EngineBackends {
        var socket = ScopedSocket(path: "/x")
        socket.labels = ["owner": "ci"]
        socket.containers = containers
        let whole = EngineBackends(
            containers: engine, execs: engine, images: ImageFacade(engine: engine), networks: NetworkFacade(engine: engine),
            volumes: VolumeFacade(engine: engine), files: FileFacade(engine: engine), imageData: ImageDataFacade(engine: engine),
            system: engine, events: engine)
        return whole.scoped(by: AccessPolicy(socket: socket))
    }

    @Test func createsAtTheSameTimeDoNotPassTheCeiling() async throws {
        let test = try TestEngine()
        let backend = scoped(test.engine, containers: 2).containers
        let codes = await withTaskGroup(of: RPCError.Code?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        var config = ContainerConfig()
                        config.image = "busybox"
                        let request = ContainerCreateRequest(config: config, hostConfig: HostConfig())
                        _ = try await backend.create(request, name: nil, platform: nil, context: .fresh())
                        return nil
                    } catch { return (error as? RPCError)?.code ?? .internalError }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 2)
        #expect(codes.count { $0 == .forbidden } == 6)
        #expect(test.engine.store.all.count == 2)
        await test.close()
    }
}
