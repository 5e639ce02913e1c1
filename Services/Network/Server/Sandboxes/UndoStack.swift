// The way back from a sequence of steps.

/// How to take back what has been done so far.
struct UndoStack {
    private var steps: [(name: String, body: () throws -> Void)] = []

    mutating func push(_ name: String, _ body: @escaping () throws -> Void) {
        steps.append((name, body))
    }

    /// Undoes the last first. A step that fails is reported and keeps none of the others from being undone.
    mutating func unwind(onFailure report: (String, any Error) -> Void) {
        while let step = steps.popLast() {
            do {
                try step.body()
            } catch {
                report(step.name, error)
            }
        }
    }
}
