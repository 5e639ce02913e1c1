// An array of strings as C has it.
import Glibc

/// Strings as C has them, with a null pointer at the end and one more.
final class StringVector {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: count + 2)
        for (index, string) in strings.enumerated() { (pointer + index).initialize(to: strdup(string)) }
        (pointer + count).initialize(repeating: nil, count: 2)
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }

    /// execve(2). Returns only with the number of its error.
    static func execute(_ path: String, _ arguments: [String], _ environment: [String]) -> Int32 {
        let (arguments, environment) = (StringVector(arguments), StringVector(environment))
        return withExtendedLifetime((arguments, environment)) {
            execve(path, arguments.pointer, environment.pointer)
            return errno
        }
    }
}
