// The kernel's counters, read from its files.
import Contracts
import Testing

@testable import ShimServer

@Suite struct CounterTests {
    @Test func `Pairs and numbers are read, and nothing else`() {
        #expect(CounterText.pairs("anon 12\nfile 0\nnonsense\nbad x\n") == ["anon": 12, "file": 0])
        #expect(CounterText.number("17") == 17 && CounterText.number("max") == nil && CounterText.number(nil) == nil)
    }

    @Test func `Both versions tell of devices`() {
        let legacy = CounterText.legacyIO("8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n")
        #expect(legacy.map(\.kind) == ["Read", "Write", "Total"] && legacy.map(\.value) == [10, 20, 30])
        let unified = CounterText.unifiedIO(
            "259:1 rbytes=1 wbytes=2 rios=3 wios=4\n7:0 \n", names: [("rbytes", "read"), ("wbytes", "write")])
        #expect(
            unified == [
                IOCounter(major: 259, minor: 1, kind: "read", value: 1), IOCounter(major: 259, minor: 1, kind: "write", value: 2),
            ])
    }

    @Test func `Interfaces are counted without the loopback`() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
              eth0:    5000      40    1    2    0     0          0         0     7000      50    3    4    0     0       0          0
            """
        let networks = CounterText.networks(text)
        #expect(networks == ["eth0": NetworkCounters(received: [5000, 40, 1, 2], sent: [7000, 50, 3, 4])])
    }

    @Test func `Pressure and the host's time are read`() {
        let text = "some avg10=1.50 avg60=2.00 avg300=0.25 total=99\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
        let sample = CounterText.pressure(text)
        #expect(sample.some == .init(average10: 1.5, average60: 2, average300: 0.25, total: 99) && sample.full?.total == 7)
        #expect(CounterText.systemTime("cpu  1 2 3 4 5 6 7 1000 1000 1000") == 280_000_000)
    }
}
