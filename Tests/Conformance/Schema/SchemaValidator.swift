// Compares an answer with the facts, and says all that is wrong.
import TestSupport

struct SchemaValidator {
    let facts: SchemaFacts
    let version: SchemaVersion
    /// What is wrong, one line a fault.
    private(set) var faults: Set<String> = []

    init(_ facts: SchemaFacts, _ version: SchemaVersion) {
        self.facts = facts
        self.version = version
    }

    mutating func check(_ value: JSONTree, _ type: SchemaType, at place: String, nullable: Bool = false) {
        switch (value, type) {
        case (.null, _): if !nullable { faults.insert("\(place) is null") }
        case (_, .any), (.string, .string), (.integer, .integer), (.integer, .number), (.number, .number), (.bool, .boolean): break
        case (.array(let elements), .array(let element, let nullable)):
            for value in elements { check(value, element, at: place + "[]", nullable: nullable) }
        case (.object(let fields), .map(let element, let nullable)):
            for value in fields.values { check(value, element, at: place + "{}", nullable: nullable) }
        case (.object(let fields), .named(let name)): check(fields, name)
        default: faults.insert("\(place) is of kind \(value.kind), not \(type)")
        }
    }

    private mutating func check(_ fields: [String: JSONTree], _ type: String) {
        guard let known = facts.types[type] else {
            faults.insert("the facts have no type \(type)")
            return
        }
        for (name, value) in fields {
            guard let field = known[name] else {
                faults.insert("\(type).\(name) is unknown")
                continue
            }
            if !field.exists(in: version) { faults.insert("\(type).\(name) is not of this version") }
            check(value, field.type, at: "\(type).\(name)", nullable: field.isNullable)
            if let text = value.text, !field.values.isEmpty, !field.values.contains(text) {
                faults.insert("\(type).\(name) is \"\(text)\", none of \(field.values)")
            }
        }
        for (name, field) in known where field.isRequired && field.exists(in: version) && fields[name] == nil {
            faults.insert("\(type).\(name) is missing")
        }
    }
}
