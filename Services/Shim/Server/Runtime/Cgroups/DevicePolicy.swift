// Which devices a container may use.

/// One rule that allows.
struct DeviceRule: Equatable {
    enum Kind: Character {
        case all = "a"
        case character = "c"
        case block = "b"
    }
    struct Access: OptionSet, Equatable {
        let rawValue: UInt32
        /// With the values that the kernel's device programs see.
        static let makeNode = Access(rawValue: 1)
        static let read = Access(rawValue: 2)
        static let write = Access(rawValue: 4)
        static let everything: Access = [.makeNode, .read, .write]
    }
    var kind: Kind
    /// nil is any.
    var major: UInt32?
    var minor: UInt32?
    var access: Access

    init(_ kind: Kind, _ major: UInt32?, _ minor: UInt32?, _ access: Access = .everything) {
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// As Docker writes them: `c 10:200 rwm`, `b *:* r`, `a *:* rwm`; nil for anything else.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, words[0].count == 1, let kind = words[0].first.flatMap(Kind.init) else { return nil }
        let numbers = words[1].split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2, let access = Access(words[2]) else { return nil }
        for number in numbers where number != "*" && UInt32(number) == nil { return nil }
        self.init(kind, UInt32(numbers[0]), UInt32(numbers[1]), access)
    }

    /// As version 1's `devices.allow` takes it.
    var text: String {
        "\(kind.rawValue) \(major.map(String.init) ?? "*"):\(minor.map(String.init) ?? "*") \(access.text)"
    }
}

extension DeviceRule.Access {
    /// Of `r`, `w` and `m`; nil when there is another letter or none.
    init?(_ letters: some StringProtocol) {
        self = []
        for letter in letters {
            switch letter {
            case "r": insert(.read)
            case "w": insert(.write)
            case "m": insert(.makeNode)
            default: return nil
            }
        }
        if isEmpty { return nil }
    }

    var text: String {
        (contains(.read) ? "r" : "") + (contains(.write) ? "w" : "") + (contains(.makeNode) ? "m" : "")
    }
}

enum DevicePolicy: Equatable {
    case everything
    case only([DeviceRule])

    /// Any node may be made, but only these may be used: null, zero, full, random, urandom, tty, console, ptmx, terminals.
    static let docker: [DeviceRule] = [
        DeviceRule(.character, nil, nil, .makeNode), DeviceRule(.block, nil, nil, .makeNode),
        DeviceRule(.character, 1, 3), DeviceRule(.character, 1, 5), DeviceRule(.character, 1, 7), DeviceRule(.character, 1, 8),
        DeviceRule(.character, 1, 9), DeviceRule(.character, 5, 0), DeviceRule(.character, 5, 1), DeviceRule(.character, 5, 2),
        DeviceRule(.character, 136, nil),
    ]
}
