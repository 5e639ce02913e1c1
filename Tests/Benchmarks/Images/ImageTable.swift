// What was measured, and how it is told.
import TestSupport

/// One task on one engine, once.
struct ImageSample: Sendable {
    /// Seconds until the client was answered.
    var wall: Double
    /// Seconds until everything was on disk.
    var durable: Double
    /// Seconds of the engine's processes, until everything was on disk.
    var cpu: Double
    /// Bytes of the engine's largest process; nil for an engine without a service.
    var peak: Int?
}

struct ImageTable: Sendable {
    let engines: [String]
    let tasks: [ImageTask]
    let material: ImageMaterial
    private var samples: [ImageTask: [String: [ImageSample]]] = [:]
    private var refusals: [ImageTask: [String: String]] = [:]

    init(engines: [String], tasks: [ImageTask], material: ImageMaterial) {
        self.engines = engines
        self.tasks = tasks
        self.material = material
    }

    mutating func add(_ sample: ImageSample, _ task: ImageTask, _ engine: String) {
        samples[task, default: [:]][engine, default: []].append(sample)
    }

    /// An engine that can't do a task is told of, not left out in silence.
    mutating func refused(_ task: ImageTask, _ engine: String, _ failure: CommandFailure) {
        refusals[task, default: [:]][engine] =
            failure.result.errorText.split(separator: "\n").last.map(String.init) ?? "\(failure.result.exit)"
    }

    func print() {
        for task in tasks {
            Swift.print("\(task.title), \(ImageMaterial.megabytes(material.bytes(of: task)))")
            for engine in engines { row(task, engine).map { Swift.print("  \($0)") } }
            comparison(task).map { Swift.print("  \($0)") }
        }
    }

    private func median(_ task: ImageTask, _ engine: String, _ value: (ImageSample) -> Double) -> Double? {
        samples[task]?[engine].map { Statistics($0.map(value)).median }
    }

    /// Megabytes a second, as the client sees it.
    private func rate(_ task: ImageTask, _ engine: String) -> Double? {
        median(task, engine, \.wall).map { Double(material.bytes(of: task)) / 1e6 / max($0, .leastNonzeroMagnitude) }
    }

    private func row(_ task: ImageTask, _ engine: String) -> String? {
        if let refusal = refusals[task]?[engine] { return "\(engine): can't: \(refusal)" }
        guard let rate = rate(task, engine), let wall = median(task, engine, \.wall), let durable = median(task, engine, \.durable),
            let cpu = median(task, engine, \.cpu)
        else { return nil }
        let peak = samples[task]?[engine]?.compactMap(\.peak).max().map { "\(ImageMaterial.megabytes($0))" } ?? "not measured"
        return "\(engine): \(rate.shown) MB/s (\(wall.ratio) s; on disk after \(durable.ratio) s), \(cpu.ratio) CPU s, peak memory \(peak)"
    }

    /// Berth against whichever of the others is best.
    private func comparison(_ task: ImageTask) -> String? {
        let others = engines.filter { $0 != "berth" }
        guard let own = rate(task, "berth"), let ownCPU = median(task, "berth", \.cpu),
            let best = others.compactMap({ rate(task, $0) }).max(), let bestCPU = others.compactMap({ median(task, $0, \.cpu) }).min()
        else { return nil }
        return "berth to the best of the others: rate \((own / best).ratio), CPU \((ownCPU / max(bestCPU, .leastNonzeroMagnitude)).ratio)"
    }
}
