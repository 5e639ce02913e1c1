// berthctl images: what only an administrator asks the image service.
import ArgumentParser
import Contracts
import Foundation
import RPC
import RPCNIO

struct ImagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "Looks after the engine's images and layers.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Verifies every blob and every layer, while the engine runs.",
            discussion: """
                Blobs are verified by their digests, layers' files by their blobs. With --repair, damaged blobs are fetched again from the \
                registries that their images are known by, and damaged files are put right from their blobs: nothing else is fetched.
                Ends with 1 when damage is left.
                """)

        @OptionGroup var engine: EngineOptions

        @Flag(help: "Repair what is damaged.")
        var repair = false

        @Option(help: "User at the registries that a repair fetches from; the password is read from standard input.")
        var username: String?

        func run() async throws {
            let layout = try engine.runningEngine().layout
            let connection = try await RPCConnection.connect(path: layout.imagesSocket, expecting: "images", logger: .silent)
            let stream = try await connection.stream(CheckImages.self, .init(repair: repair, credentials: credentials()))
            try await stream.finish()
            for try await finding in stream.outbound { print(Self.line(finding)) }
            let result = try await stream.response()
            await connection.close()
            print("\(result.blobs) blobs (\(result.bytes) bytes) and \(result.layers) layers checked; \(result.damaged) damaged")
            if result.damaged > 0 { throw ExitCode.failure }
        }

        private func credentials() -> RegistryCredentials? {
            username.map { RegistryCredentials(username: $0, password: readLine() ?? "") }
        }

        static func line(_ finding: CheckImages.Finding) -> String {
            let end = finding.remark.isEmpty ? "" : "; \(finding.remark)"
            return "\(finding.kind.rawValue) \(finding.id): \(finding.problem)\(end)"
        }
    }
}
