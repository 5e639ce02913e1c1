// `berth-bench inventory`: the host before and after, by hand.
import ArgumentParser
import TestSupport

struct InventoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Takes inventory of the host: mounts, links, namespaces, firewall, control groups, processes, files, settings.",
        discussion: "With --diff, prints what has come (+) and gone (-) since the inventory was saved, and exits with 1 if anything has.")

    @Option(help: "Save the inventory to this file.")
    var save: String?

    @Option(help: "Compare with the inventory in this file.")
    var diff: String?

    @Option(name: .customLong("directory"), help: "Include the files below this directory. May be repeated.")
    var directories: [String] = []

    func validate() throws {
        guard save == nil || diff == nil else { throw ValidationError("--save and --diff exclude each other") }
    }

    func run() throws {
        let inventory = HostInventory.captureHost(directories: directories)
        if let save {
            try inventory.write(to: save)
        } else if let diff {
            let difference = try HostInventory.read(from: diff).difference(to: inventory)
            print(difference.isEmpty ? "no difference" : difference)
            if !difference.isEmpty { throw ExitCode.failure }
        } else {
            print(inventory.text)
        }
    }
}
