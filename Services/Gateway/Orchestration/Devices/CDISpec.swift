// A file of the Container Device Interface: devices of one kind, and what each adds to a container.
import Foundation

struct CDISpec: Sendable, Equatable {
    struct Device: Sendable, Equatable {
        var name: String
        var hasAnnotations = false
        var edits = CDIEdits()
    }

    var version: String
    /// `vendor.com/class`
    var kind: String
    /// Notes for people and tools; nothing comes of them in a container.
    var hasAnnotations = false
    var devices: [Device] = []
    /// For each container that has one of the devices.
    var edits = CDIEdits()

    /// Reads a file's content. Errors name the fault, not the file.
    static func parse(_ data: Data) throws(CDIFault) -> CDISpec {
        let spec: CDISpec
        do {
            spec = try JSONDecoder().decode(CDISpec.self, from: data)
        } catch let fault as CDIFault {
            throw CDIFault("failed to unmarshal CDI Spec: \(fault.words)")
        } catch let DecodingError.typeMismatch(type, context) {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw CDIFault("failed to unmarshal CDI Spec: \(place) is no \(type)")
        } catch let DecodingError.dataCorrupted(context) {
            throw CDIFault("failed to unmarshal CDI Spec: \(context.debugDescription)")
        } catch {
            throw CDIFault("failed to unmarshal CDI Spec: \(error)")
        }
        do {
            try spec.validate()
        } catch {
            throw CDIFault("invalid CDI Spec: \(error.words)")
        }
        return spec
    }

    func validate() throws(CDIFault) {
        try CDIVersion.check(self)
        _ = try CDIName.parts(ofKind: kind)
        try edits.validate()
        var names: Set<String> = []
        for device in devices {
            do throws(CDIFault) {
                try CDIName.check(device: device.name)
                try device.edits.validate()
                guard device.edits != CDIEdits() else { throw CDIFault("invalid device, empty device edits") }
            } catch {
                throw CDIFault("failed add device \"\(device.name)\": \(error.words)")
            }
            guard names.insert(device.name).inserted else { throw CDIFault("invalid spec, multiple device \"\(device.name)\"") }
        }
        guard !devices.isEmpty else { throw CDIFault("invalid spec, no devices") }
    }
}

extension CDISpec: Decodable {
    private enum Field: String, CodingKey, CaseIterable { case cdiVersion, kind, annotations, devices, containerEdits }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Field.self)
        version = try fields.value(.cdiVersion, or: "")
        kind = try fields.value(.kind, or: "")
        hasAnnotations = try !fields.value(.annotations, or: [String: String]()).isEmpty
        devices = try fields.value(.devices, or: [])
        edits = try fields.value(.containerEdits, or: CDIEdits())
    }
}

extension CDISpec.Device: Decodable {
    private enum Field: String, CodingKey, CaseIterable { case name, annotations, containerEdits }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Field.self)
        name = try fields.value(.name, or: "")
        hasAnnotations = try !fields.value(.annotations, or: [String: String]()).isEmpty
        edits = try fields.value(.containerEdits, or: CDIEdits())
    }
}
