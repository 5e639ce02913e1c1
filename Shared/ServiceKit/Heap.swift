// How a service with many threads and connections uses memory.
import CLinux

public enum Heap {
    /// Keeps what threads free from being spread over an arena each, from which little finds its way back. Before the first thread.
    public static func useFewArenas() { clinux_use_few_arenas() }

    /// Gives free pages back to the kernel.
    public static func trim() { clinux_trim_heap() }
}
