// A container that is asked to end, and doesn't hear it.
import Contracts
import Glibc
import Linux

extension Shim {
    /// Whether its time would pass for nothing. Nobody is asked about a signal that can't be ignored; false when it can't be seen.
    func isDeaf(to signal: Int32, _ pid: Int32) -> Bool {
        guard signal != SIGKILL, !hasInit else { return false }
        do throws(Errno) {
            // In this order: who is about to wait has blocked the signal before.
            let call = (try? SmallFile.text("/proc/\(pid)/syscall")) ?? ""
            return SignalDisposition(status: try SmallFile.text("/proc/\(pid)/status"), call: call)?.heeds(signal) == false
        } catch {
            return false
        }
    }

    /// Berth's own, which hands on whatever comes.
    private var hasInit: Bool { supervision?.spec.usesInit == true && supervision?.spec.namespaces.pid == .own }

    /// What a container is sent instead of a stop signal that it doesn't hear.
    func sentInstead(of signal: Int32, _ end: EndRequest?) -> Int32 {
        let isStop = end?.verb == .stop || end?.verb == .restart
        return isStop && supervision?.rules.stop.killsUnheeding == true ? SIGKILL : signal
    }
}
