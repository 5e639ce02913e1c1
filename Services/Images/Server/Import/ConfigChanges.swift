// Applies Dockerfile instructions to an image's config, as `import --change` and `commit --change` do.
import Contracts
import Models
import RPC

/// The config, changed instruction by instruction, as the classic builder changes it.
struct ConfigChanges {
    private(set) var config: OCIImageConfig
    private var setsCommand = false

    init(_ config: OCIImageConfig = OCIImageConfig()) { self.config = config }

    /// Throws `ChangeError` for the first that can't be applied.
    static func apply(_ changes: [String], to config: OCIImageConfig = OCIImageConfig()) throws(ChangeError) -> OCIImageConfig {
        var result = ConfigChanges(config)
        for line in ChangeLine.parse(changes) { try result.apply(line) }
        return result.config
    }

    private mutating func apply(_ line: ChangeLine) throws(ChangeError) {
        switch line.instruction {
        case "CMD": setCommand(line)
        case "ENTRYPOINT": setEntrypoint(line)
        case "ENV": try setEnvironment(line)
        case "EXPOSE": try expose(line)
        case "HEALTHCHECK": config.healthcheck = try HealthcheckChange.parse(line, shell: ["CMD-SHELL"])
        case "LABEL": try label(line)
        case "ONBUILD": try addTrigger(line)
        case "STOPSIGNAL": config.stopSignal = try Self.stopSignal(try one(line))
        case "USER": config.user = try one(line)
        case "VOLUME": try addVolumes(line)
        case "WORKDIR": try setDirectory(line)
        default: throw ChangeError("\(line.instruction.lowercased()) is not a valid change command")
        }
    }

    /// The text itself, when it is a signal's name or number.
    private static func stopSignal(_ text: String) throws(ChangeError) -> String {
        do { _ = try SignalName.parse(text) } catch { throw ChangeError(error.message) }
        return text
    }

    private var words: ShellWords { ShellWords(environment: config.env ?? []) }
    private var shell: [String] { config.shell ?? ["/bin/sh", "-c"] }

    private mutating func setCommand(_ line: ChangeLine) {
        config.cmd = line.arguments.isEmpty ? [] : line.command(shell: shell)
        setsCommand = true
    }

    /// A new entrypoint takes away a command that was meant for the old one.
    private mutating func setEntrypoint(_ line: ChangeLine) {
        let entrypoint = line.arguments.isEmpty ? [] : line.command(shell: shell)
        config.entrypoint = entrypoint.isEmpty ? nil : entrypoint
        if !setsCommand { config.cmd = nil }
    }

    private mutating func setEnvironment(_ line: ChangeLine) throws(ChangeError) {
        for (name, value) in try pairs(line) {
            var environment = config.env ?? []
            if let index = environment.firstIndex(where: { $0.hasPrefix("\(name)=") }) {
                environment[index] = "\(name)=\(value)"
            } else {
                environment.append("\(name)=\(value)")
            }
            config.env = environment
        }
    }

    private mutating func label(_ line: ChangeLine) throws(ChangeError) {
        for (name, value) in try pairs(line) { config.labels = (config.labels ?? [:]).merging([name: value]) { $1 } }
    }

    /// `a=b c="d e"`, or the old form of one pair, `a b c`. All values see the environment as it was before the line.
    private func pairs(_ line: ChangeLine) throws(ChangeError) -> [(name: String, value: String)] {
        let parts = try ShellWords.split(line.arguments)
        guard let first = parts.first else { throw ChangeError("\(line.instruction) requires at least one argument") }
        guard first.contains("=") else {
            let value = Text.trim(line.arguments.dropFirst(first.count))
            if value.isEmpty { throw ChangeError("\(line.instruction) must have two arguments") }
            return [(try words.expand(first), try words.expand(value))]
        }
        var pairs: [(name: String, value: String)] = []
        for part in parts {
            guard let separator = part.firstIndex(of: "=") else {
                throw ChangeError("Syntax error - can't find = in \"\(part)\". Must be of the form: name=value")
            }
            let name = try words.expand(String(part[..<separator]))
            if name.isEmpty { throw ChangeError("\(line.instruction) names can not be blank") }
            pairs.append((name, try words.expand(String(part[part.index(after: separator)...]))))
        }
        return pairs
    }

    private mutating func expose(_ line: ChangeLine) throws(ChangeError) {
        let ports = try words.expand(splitting: line.arguments)
        if ports.isEmpty { throw ChangeError("EXPOSE requires at least one argument") }
        for port in ports {
            let exposed = try ExposedPort.parse(port).map { ($0, EmptyObject()) }
            config.exposedPorts = (config.exposedPorts ?? [:]).merging(exposed) { $1 }
        }
    }

    private mutating func addVolumes(_ line: ChangeLine) throws(ChangeError) {
        let volumes: [String]
        if let list = line.execForm { volumes = list } else { volumes = try words.expand(splitting: line.arguments) }
        if volumes.isEmpty { throw ChangeError("VOLUME requires at least one argument") }
        for volume in volumes.map({ Text.trim($0) }) {
            if volume.isEmpty { throw ChangeError("VOLUME specified can not be an empty string") }
            config.volumes = (config.volumes ?? [:]).merging([volume: EmptyObject()]) { $1 }
        }
    }

    private mutating func setDirectory(_ line: ChangeLine) throws(ChangeError) {
        let path = try one(line)
        let joined = path.hasPrefix("/") ? path : "\(config.workingDir ?? "/")/\(path)"
        var components: [Substring] = []
        for part in joined.split(separator: "/") where part != "." {
            if part == ".." { _ = components.popLast() } else { components.append(part) }
        }
        config.workingDir = "/" + components.joined(separator: "/")
    }

    private mutating func addTrigger(_ line: ChangeLine) throws(ChangeError) {
        let trigger = line.arguments.prefix { !$0.isWhitespace }.uppercased()
        switch trigger {
        case "": throw ChangeError("ONBUILD requires at least one argument")
        case "ONBUILD": throw ChangeError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
        case "MAINTAINER", "FROM": throw ChangeError("\(trigger) isn't allowed as an ONBUILD trigger")
        default: config.onBuild = (config.onBuild ?? []) + [line.arguments]
        }
    }

    /// The whole line as one argument.
    private func one(_ line: ChangeLine) throws(ChangeError) -> String {
        if line.arguments.isEmpty { throw ChangeError("\(line.instruction) requires exactly one argument") }
        return try words.expand(line.arguments)
    }
}
