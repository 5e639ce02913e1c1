// What a mount means by its request's version.
import Models
import RPC
import Testing

@testable import GatewayAPI

@Suite("Mounts by version") struct MountGateTests {
    private func mount(_ type: String, _ change: (inout MountRequest) -> Void = { _ in }) -> MountRequest {
        var mount = MountRequest()
        mount.type = type
        mount.target = "/t"
        change(&mount)
        return mount
    }

    @Test func optionsOfAnotherTypeAreDroppedBefore142AndRefusedLater() throws {
        let strange = mount("volume") { $0.bindOptions = MountRequest.BindOptions() }
        #expect(try MountGates.apply(to: strange, version: APIVersion(1, 41)).bindOptions == nil)
        #expect(
            throws: RPCError(.invalidParameter, "invalid mount config for type \"volume\": field BindOptions must not be specified")
        ) { try MountGates.apply(to: strange, version: APIVersion(1, 42)) }
    }

    @Test func bindOptionsCameOneByOne() throws {
        let bind = mount("bind") {
            var options = MountRequest.BindOptions()
            options.nonRecursive = true
            options.createMountpoint = true
            $0.bindOptions = options
        }
        let old = try MountGates.apply(to: bind, version: APIVersion(1, 39)).bindOptions
        #expect(old?.nonRecursive == false)
        #expect(old?.createMountpoint == false)
        let middle = try MountGates.apply(to: bind, version: APIVersion(1, 41)).bindOptions
        #expect(middle?.nonRecursive == true)
        #expect(middle?.createMountpoint == false)
        #expect(try MountGates.apply(to: bind, version: APIVersion(1, 42)).bindOptions?.createMountpoint == true)
    }

    @Test func readOnlyBindsWereNotRecursiveBefore144() throws {
        let readOnly = mount("bind") { $0.readOnly = true }
        #expect(try MountGates.apply(to: readOnly, version: APIVersion(1, 43)).bindOptions?.readOnlyNonRecursive == true)
        #expect(try MountGates.apply(to: readOnly, version: APIVersion(1, 44)).bindOptions == nil)
        #expect(try MountGates.apply(to: mount("bind"), version: APIVersion(1, 43)).bindOptions == nil)
        let forced = mount("bind") {
            var options = MountRequest.BindOptions()
            options.readOnlyForceRecursive = true
            $0.bindOptions = options
        }
        #expect(throws: RPCError.self) { try MountGates.apply(to: forced, version: APIVersion(1, 43)) }
        #expect(try MountGates.apply(to: forced, version: APIVersion(1, 44)) == forced)
    }

    @Test func laterThingsNeedTheirVersion() throws {
        let subpath = mount("volume") {
            var options = MountRequest.VolumeOptions()
            options.subpath = "a"
            $0.volumeOptions = options
        }
        #expect(throws: RPCError.self) { try MountGates.apply(to: subpath, version: APIVersion(1, 44)) }
        #expect(try MountGates.apply(to: subpath, version: APIVersion(1, 45)) == subpath)
        #expect(throws: RPCError.self) { try MountGates.apply(to: mount("image"), version: APIVersion(1, 47)) }
        #expect(try MountGates.apply(to: mount("image"), version: APIVersion(1, 48)).type == "image")
    }
}
