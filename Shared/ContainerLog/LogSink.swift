// Where the lines of a log go once they are encoded.

/// Takes whole lines, in order. What it can't keep, it counts and forgets.
public protocol LogSink: AnyObject {
    /// Of the log's current file.
    var path: String { get }
    /// Lines that are lost.
    var droppedLines: UInt64 { get }
    /// All lines that it was given are in the file, or lost.
    var isSettled: Bool { get }
    /// It would rather be given nothing more for now.
    var isFull: Bool { get }
    /// Told when one of these may have changed by itself.
    var onChange: (() -> Void)? { get set }

    /// - Parameter lines: so many lines, each with its newline.
    func append(_ lines: [UInt8], count: Int)

    /// Loses from now on what it can't take, instead of being full, until there is progress.
    func stopHoldingUp()
}
