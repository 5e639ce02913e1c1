// Two engines measured in turn, so that whatever else the machine does meets both.
import ArgumentParser
import TestSupport

struct ComparisonOptions: ParsableArguments {
    @OptionGroup var programs: BinaryOptions

    @Option(help: "Measurements of each engine.")
    var count = 30

    @Option(help: "Rounds before the measurements.")
    var warmup = 3

    func validate() throws {
        guard count > 0, warmup >= 0 else { throw ValidationError("--count must be positive, and --warmup not negative") }
    }

    /// Starts both engines, measures, and takes both down.
    func measure(_ once: (any MeasuredEngine) async throws -> Double) async throws -> Comparison {
        let berth = try await BerthEngine.start(binaries: programs.directory)
        do {
            let dockerd = try await Dockerd.start(programs: try await DockerdPrograms.find())
            do {
                let comparison = try await measure(berth, dockerd, once)
                try await dockerd.stop()
                try await berth.stop()
                return comparison
            } catch {
                try? await dockerd.stop()
                throw error
            }
        } catch {
            try? await berth.stop()
            throw error
        }
    }

    private func measure(
        _ berth: any MeasuredEngine, _ dockerd: any MeasuredEngine, _ once: (any MeasuredEngine) async throws -> Double
    ) async throws -> Comparison {
        for engine in [berth, dockerd] {
            try await engine.importBusybox()
            for _ in 0..<warmup { _ = try await once(engine) }
        }
        var series = [Series(engine: berth), Series(engine: dockerd)]
        for _ in 0..<count {
            for index in series.indices { try await series[index].add(once) }
        }
        return Comparison(berth: series[0], dockerd: series[1])
    }
}

/// The measurements of one engine.
struct Series {
    let engine: any MeasuredEngine
    private(set) var wall: [Double] = []
    private(set) var cpu: [Double] = []

    init(engine: any MeasuredEngine) {
        self.engine = engine
    }

    mutating func add(_ once: (any MeasuredEngine) async throws -> Double) async throws {
        let before = try engine.meter.milliseconds()
        wall.append(try await once(engine))
        cpu.append(try engine.meter.milliseconds() - before)
    }

    var row: String {
        let wall = Statistics(wall)
        let mean = cpu.reduce(0, +) / Double(max(1, cpu.count))
        return "\(engine.name): median \(wall.median.shown), 95% within \(wall.quantile(0.95).shown), fastest \(wall.quantile(0).shown); "
            + "CPU time of the engine \(mean.shown) each"
    }
}

struct Comparison {
    var berth: Series
    var dockerd: Series

    func print() {
        Swift.print(berth.row)
        Swift.print(dockerd.row)
        let wall = Statistics(berth.wall).median / Statistics(dockerd.wall).median
        let cpu = berth.cpu.reduce(0, +) / max(dockerd.cpu.reduce(0, +), .leastNonzeroMagnitude)
        Swift.print("ratio berth to dockerd: wall \(wall.ratio), CPU \(cpu.ratio)")
    }
}
