// A bound on how many testbeds there are at a time.

/// Lets so many in, and the others one by one as those leave. Each testbed has dozens of descriptors, and libnftables takes none
/// above 1023: on a slow machine, all tests at once have more.
actor Turnstile {
    static let testbeds = Turnstile(places: 10)

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) {
        self.places = places
    }

    func enter() async {
        guard places == 0 else {
            places -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
    }
}
