// Which project a directory gets, and what becomes of its limit.
import Glibc
import RPC
import Synchronization
import Testing

@testable import ImagesServer

@Suite struct ProjectQuotaTests {
    /// A file system whose quotas are in memory.
    private final class FakeQuota: QuotaKernel {
        struct State {
            var projects: [String: UInt32] = [:]
            var uses: [UInt32: ProjectUse] = [:]
        }

        let state = Mutex(State())
        let failure: Int32?

        init(failure: Int32? = nil) { self.failure = failure }

        func project(of directory: String) throws(SystemError) -> UInt32 { state.withLock { $0.projects[directory] ?? 0 } }

        func setProject(of directory: String, to project: UInt32) throws(SystemError) {
            state.withLock { $0.projects[directory] = project }
        }

        func use(of project: UInt32, near directory: String) throws(SystemError) -> ProjectUse {
            if let failure { throw SystemError(call: "quotactl_fd", path: directory, code: failure) }
            return state.withLock { $0.uses[project] ?? ProjectUse(limit: 0, used: 0) }
        }

        func setLimit(of project: UInt32, to bytes: UInt64, near directory: String) throws(SystemError) {
            state.withLock { $0.uses[project, default: ProjectUse(limit: 0, used: 0)].limit = bytes }
        }
    }

    private static let first = ProjectQuota.numbers.lowerBound

    private func quota(_ kernel: FakeQuota, _ numbers: [UInt32] = [first, first + 1, first + 2]) -> ProjectQuota {
        let rest = Mutex(numbers[...])
        return ProjectQuota(kernel: kernel, number: { rest.withLock { $0.popFirst() } ?? Self.first })
    }

    @Test func aDirectoryGetsAProjectOfItsOwn() throws {
        let kernel = FakeQuota()
        // One has a limit, another has bytes that are left of somebody.
        kernel.state.withLock {
            $0.uses = [Self.first: ProjectUse(limit: 5, used: 0), Self.first + 1: ProjectUse(limit: 0, used: 7)]
        }
        try quota(kernel).limit("/a", bytes: 1 << 20)
        #expect(kernel.state.withLock { $0.projects } == ["/a": Self.first + 2])
        #expect(kernel.state.withLock { $0.uses[Self.first + 2]?.limit } == 1 << 20)
    }

    @Test func aSecondLimitIsForTheSameProject() throws {
        let kernel = FakeQuota()
        try quota(kernel).limit("/a", bytes: 10)
        try quota(kernel, [Self.first + 9]).limit("/a", bytes: 20)
        #expect(kernel.state.withLock { $0.projects } == ["/a": Self.first])
        #expect(kernel.state.withLock { $0.uses[Self.first]?.limit } == 20)
    }

    @Test func anAdministratorsProjectIsNotTaken() throws {
        let kernel = FakeQuota()
        kernel.state.withLock { $0.projects = ["/a": 42] }
        try quota(kernel).lift("/a")
        #expect(kernel.state.withLock { $0.uses.isEmpty })
        try quota(kernel).limit("/a", bytes: 10)
        #expect(kernel.state.withLock { $0.projects } == ["/a": Self.first])
    }

    @Test func itsNumberIsFreeAfterwards() throws {
        let kernel = FakeQuota()
        try quota(kernel).limit("/a", bytes: 10)
        try quota(kernel).lift("/a")
        try quota(kernel).limit("/b", bytes: 10)
        #expect(kernel.state.withLock { $0.projects["/b"] } == Self.first)
    }

    @Test(arguments: [ESRCH, ENOTTY, EOPNOTSUPP, ENOSYS])
    func aFileSystemWithoutQuotaIsToldOf(code: Int32) {
        let error = #expect(throws: RPCError.self) { try quota(FakeQuota(failure: code)).limit("/a", bytes: 10) }
        #expect(error?.code == .invalidParameter && error?.message.contains("prjquota") == true)
    }

    @Test func otherFailuresAreThemselves() {
        #expect(throws: SystemError.self) { try quota(FakeQuota(failure: EIO)).limit("/a", bytes: 10) }
        let kernel = FakeQuota()
        kernel.state.withLock { $0.uses[Self.first] = ProjectUse(limit: 1, used: 1) }
        let error = #expect(throws: SystemError.self) { try quota(kernel, []).limit("/a", bytes: 10) }
        #expect(error?.code == EBUSY)
    }
}
