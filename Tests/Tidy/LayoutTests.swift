// What lies where, and who may import whom.
import Foundation
import Testing

@Suite struct LayoutTests {
    @Test func topLevelIsExact() throws {
        let expected: Set = [
            "Package.swift", "README.md", "LICENSE", ".gitignore", ".swift-format", ".ci", "Services", "Shared", "Tests", "deploy",
        ]
        let found = Set(try SourceTree.topLevel())
        #expect(found.subtracting(expected).sorted() == [])
        #expect(expected.subtracting(found).sorted() == [])
    }

    @Test(arguments: [
        ("Services", ["Ctl", "Gateway", "Images", "Network", "README.md", "Shim"]),
        ("Services/Gateway", ["API", "Backends", "HTTP", "Main", "Orchestration", "SCOPED-SOCKETS.md", "State"]),
    ])
    func foldersAreExact(folder: String, expected: [String]) throws {
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(SourceTree.root)/\(folder)").sorted() == expected)
    }

    /// Modules that belong to one service each.
    static let services = [
        "Gateway": ["GatewayAPI", "GatewayBackends", "GatewayOrchestration", "GatewayState"], "Images": ["ImagesServer"],
        "Network": ["NetworkServer"], "Shim": ["ShimServer"], "Ctl": [],
    ]

    @Test(arguments: services.keys.sorted())
    func servicesMeetInContractsAlone(service: String) {
        let foreign = Set(Self.services.filter { $0.key != service }.flatMap(\.value))
        let offences = SourceTree.files(in: ["Services/\(service)"]).flatMap { file in
            Imports.of(file).filter(foreign.contains).map { "\(file.path) imports \($0)" }
        }
        #expect(offences == [])
    }

    @Test func sharedCodeKnowsNoService() {
        let all = Set(Self.services.values.joined())
        let offences = SourceTree.files(in: ["Shared"]).flatMap { file in
            Imports.of(file).filter(all.contains).map { "\(file.path) imports \($0)" }
        }
        #expect(offences == [])
    }

    @Test func routesAndSequencesDoNotKnowEachOther() {
        let api = SourceTree.files(in: ["Services/Gateway/API", "Services/Gateway/HTTP"])
        let sequences = SourceTree.files(in: ["Services/Gateway/Orchestration"])
        #expect(api.filter { Imports.of($0).contains("GatewayOrchestration") }.map(\.path) == [])
        #expect(sequences.filter { Imports.of($0).contains("GatewayAPI") }.map(\.path) == [])
    }

    /// What the shim links: small, single-threaded, safe to fork.
    @Test func shimStaysSmall() {
        let forbidden = /^(Foundation\w*|NIO\w*|Dispatch|Logging|_Concurrency)$/
        let files = SourceTree.files(
            in: ["Services/Shim", "Shared/RPC", "Shared/RPCEpoll", "Shared/Contracts", "Shared/Linux", "Shared/ContainerLog"])
        let imports = files.flatMap { file in
            Imports.of(file).filter { $0.wholeMatch(of: forbidden) != nil }.map { "\(file.path) imports \($0)" }
        }
        #expect(imports == [])
        let tasks = files.filter { $0.isBelow("Services/Shim") && $0.code.contains { $0.contains(/\bTask\s*(\.detached\s*)?\{/) } }
        #expect(tasks.map(\.path) == [])
    }
}

/// The modules a file imports.
enum Imports {
    static func of(_ file: SourceTree.File) -> [String] {
        file.code.compactMap { line in
            line.firstMatch(of: /^(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|internal|package|private)\s+)?import\s+(?:\w+\s+)?(\w+)/).map {
                String($0.1)
            }
        }
    }
}
