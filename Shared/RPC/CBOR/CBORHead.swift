// The vocabulary of CBOR: major types, simple values, and the head that every data item starts with.

enum CBORMajor: UInt8 {
    case unsigned = 0, negative, bytes, text, array, map, tag, simple

    /// The bits of an initial byte that hold the major type.
    static let mask: UInt8 = 0b1110_0000
}

/// Initial bytes of major type 7.
enum CBORSimple {
    static let `false`: UInt8 = 0xf4
    static let `true`: UInt8 = 0xf5
    static let null: UInt8 = 0xf6
    static let undefined: UInt8 = 0xf7
    static let half: UInt8 = 0xf9
    static let float: UInt8 = 0xfa
    static let double: UInt8 = 0xfb
    static let stop: UInt8 = 0xff
}

/// The initial byte of a data item and its argument.
struct CBORHead {
    let initial: UInt8
    /// The value, length, count, tag or float bits; 0 for an indefinite length.
    let argument: UInt64
    /// Offset of what follows the head.
    let next: Int

    var major: CBORMajor { CBORMajor(rawValue: initial >> 5) ?? .simple }
    var isIndefinite: Bool { initial & 0x1f == 31 }
    var isNull: Bool { initial == CBORSimple.null || initial == CBORSimple.undefined }

    /// nil when the bytes end before the head does, or when its additional information is a reserved value.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) {
        guard offset >= 0, offset < bytes.count else { return nil }
        initial = bytes[offset]
        let info = initial & 0x1f
        switch info {
        case 0..<24:
            argument = UInt64(info)
            next = offset + 1
        case 24...27:
            let width = 1 << Int(info - 24)
            guard bytes.count - offset > width else { return nil }
            var value: UInt64 = 0
            for index in 1...width { value = value << 8 | UInt64(bytes[offset + index]) }
            argument = value
            next = offset + 1 + width
        case 31:
            argument = 0
            next = offset + 1
        default:
            return nil
        }
    }
}
