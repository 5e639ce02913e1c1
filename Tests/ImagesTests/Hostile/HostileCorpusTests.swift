// Every form of the corpus, by every way in: a clear refusal or a safe result, nothing outside touched, nothing left behind.
import Foundation
@testable import ImagesServer
import Models
import RPC
import Testing

@Suite struct HostileCorpusTests {
    /// A directory that nothing may touch.
    struct Victim {
        let path: String

        init(in directory: String) throws {
            path = "\(directory)/victim"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            try "secret".write(toFile: "\(path)/secret", atomically: false, encoding: .utf8)
        }

        func state() throws -> [String] {
            let stats = [try Files.status(path), try Files.status("\(path)/secret")]
            return try Files.names(path) + [try Files.text("\(path)/secret")]
                + stats.map { "\($0.st_ino) \($0.st_mode) \($0.st_nlink) \($0.st_mtim.tv_nsec) \($0.st_ctim.tv_nsec)" }
        }
    }

    /// Runs `body` and tells its answer; whatever it is, the victim is untouched.
    private static func answer(_ form: HostileForm, _ body: (StoreFixture, [UInt8]) async throws -> Void) async throws -> String {
        try await TemporaryDirectory.with { directory in
            let victim = try Victim(in: directory), before = try victim.state()
            let bytes = form.bytes(victim: victim.path)
            let store = try await StoreFixture.open("\(directory)/root/images")
            var answer = HostileForm.taken
            do {
                try await body(store, bytes)
            } catch let error as RPCError {
                answer = error.message
                #expect(error.code != .internalError, "\(form.name): \(error.message)")
            }
            #expect(try victim.state() == before, "\(form.name)")
            #expect(try Files.names(directory).sorted() == ["root", "victim"], "\(form.name)")
            #expect(!Files.exists("/tmp/escaped-berth"), "\(form.name)")
            if answer != HostileForm.taken { #expect(try store.contents().isEmpty, "\(form.name) left something") }
            return answer
        }
    }

    @Test(arguments: HostileForm.all)
    func asALayer(_ form: HostileForm) async throws {
        let imported = try await Self.answer(form) { store, bytes in try await store.importTar(bytes) }
        #expect(HostileForm.matches(imported, form.layer), "import of \(form.name): \(imported)")
        let loaded = try await Self.answer(form) { store, bytes in
            _ = try await store.load(try DockerArchiveBuilder.archive([(TestImage(layers: [bytes]), ["app"])], layerFormat: .gzip))
        }
        #expect(HostileForm.matches(loaded, form.layer), "load of \(form.name): \(loaded)")
        try await FaultyRegistry.with { registry in
            let pulled = try await Self.answer(form) { store, bytes in
                try registry.image(TestImage(layers: [bytes]), .gzip, "v1")
                _ = try await store.pull("\(registry.address)/app:v1")
            }
            #expect(HostileForm.matches(pulled, form.layer), "pull of \(form.name): \(pulled)")
        }
    }

    @Test(arguments: HostileForm.all)
    func putIntoAContainer(_ form: HostileForm) async throws {
        try await TemporaryDirectory.with { directory in
            let victim = try Victim(in: directory), before = try victim.state()
            try await FileFixture.with { tar in
                tar.directory("etc")
            } _: { fixture in
                var answer = HostileForm.taken
                do {
                    // As the docker client asks for it.
                    try await fixture.write("/", keepsKinds: true, form.bytes(victim: victim.path))
                } catch let error as RPCError {
                    answer = error.message
                    #expect(error.code != .internalError, "\(form.name): \(error.message)")
                }
                #expect(HostileForm.matches(answer, form.copy), "\(form.name): \(answer)")
                #expect(try Files.names(fixture.store.paths.staging).isEmpty && Files.names(fixture.store.paths.mounts).isEmpty)
            }
            #expect(try victim.state() == before)
            #expect(!Files.exists("/tmp/escaped-berth"))
        }
    }
}
