// berthctl shim: what the shims themselves say of their containers.
import ArgumentParser
import Contracts
import Foundation

struct ShimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shim",
        abstract: "Asks the containers' shims directly, whatever services are down.",
        subcommands: [
            List.self, Inspect.self, ShimStatsCommand.self, ShimLogsCommand.self, ShimEventsCommand.self, ShimExecCommand.self,
            ShimKillCommand.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "Lists the shims of an engine.")

        @OptionGroup var engine: EngineOptions

        @Flag(help: "Print JSON.")
        var json = false

        @Flag(name: .customLong("no-trunc"), help: "Print whole container IDs.")
        var noTruncation = false

        func run() async throws {
            let scan = ShimScan(layout: try engine.runningEngine().layout)
            let answers = await scan.inspect(scan.containerIDs())
            if json {
                try JSONOutput.print(answers.map(ShimReport.init))
            } else {
                let rows = answers.map { ShimReport($0).row(truncated: !noTruncation) }
                print(TextTable(header: ShimReport.header, rows: rows).text)
            }
        }
    }

    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect", abstract: "Prints all that one shim says, as JSON.")

        @OptionGroup var choice: ShimChoice

        func run() async throws {
            let (layout, id) = try choice.layout()
            for answer in await ShimScan(layout: layout).inspect([id]) {
                try JSONOutput.print(answer.outcome.get())
            }
        }
    }
}
