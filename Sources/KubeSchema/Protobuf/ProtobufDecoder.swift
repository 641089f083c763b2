// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What was read of one field so far: a field may stand more than once, and then adds to what is there.
enum ProtobufSlot {
    case absent
    case value(JSONValue)
    case list([JSONValue])
    case map([JSONObject.Member])
    /// One slot a field of the message's layout.
    case message([ProtobufSlot])

    // Taken out while they grow, so that they are never copied.
    mutating func takeList() -> [JSONValue] {
        guard case .list(let elements) = self else { return [] }
        self = .absent
        return elements
    }

    mutating func takeMap() -> [JSONObject.Member] {
        guard case .map(let members) = self else { return [] }
        self = .absent
        return members
    }

    mutating func takeMessage() -> [ProtobufSlot]? {
        guard case .message(let slots) = self else { return nil }
        self = .absent
        return slots
    }
}

/// Reads messages as the JSON that Go prints for the same objects.
struct ProtobufDecoder {
    let layouts: ProtobufLayouts
    var reader: ProtobufReader

    init(layouts: ProtobufLayouts, reader: ProtobufReader) {
        self.layouts = layouts
        self.reader = reader
    }

    /// The rest of what the reader may read, as one object of the layout at `place`.
    mutating func object(at place: Int) throws(ProtobufError) -> JSONObject {
        let layout = layouts[place]
        guard !reader.isAtEnd else { return layout.zero }
        var slots = [ProtobufSlot](repeating: .absent, count: layout.fields.count)
        try read(layout, into: &slots)
        return json(layout, slots)
    }

    private mutating func read(_ layout: ProtobufLayout, into slots: inout [ProtobufSlot]) throws(ProtobufError) {
        while !reader.isAtEnd {
            let (number, wire) = try reader.tag(of: layout.name)
            guard let place = layout.place(ofNumber: number) else {
                try reader.skip(wire)
                continue
            }
            try read(layout.fields[place], wire, into: &slots[place])
        }
    }

    private mutating func read(_ field: ProtobufLayout.Field, _ wire: ProtobufWireType, into slot: inout ProtobufSlot) throws(ProtobufError) {
        switch field.type {
        case .message(let id):
            try expect(.delimited, wire, field)
            let layout = layouts[id.index]
            var slots = slot.takeMessage() ?? [ProtobufSlot](repeating: .absent, count: layout.fields.count)
            let outer = try reader.enter()
            try read(layout, into: &slots)
            reader.leave(to: outer)
            slot = .message(slots)
        case .list(let element):
            var elements = slot.takeList()
            try read(element, wire, field, appendingTo: &elements)
            slot = .list(elements)
        case .map(let element):
            try expect(.delimited, wire, field)
            var members = slot.takeMap()
            members.append(try entry(element, field))
            slot = .map(members)
        default: slot = .value(try value(field.type, wire, field))
        }
    }

    /// One element, or a run of numbers packed into one delimited value.
    private mutating func read(
        _ element: FieldType, _ wire: ProtobufWireType, _ field: ProtobufLayout.Field, appendingTo elements: inout [JSONValue]
    ) throws(ProtobufError) {
        let own = element.wireType
        guard wire == .delimited, own != .delimited else {
            elements.append(try value(element, wire, field))
            return
        }
        let outer = try reader.enter()
        while !reader.isAtEnd { elements.append(try value(element, own, field)) }
        reader.leave(to: outer)
    }

    /// An entry of a map: its key is field 1, its value field 2, and both may be absent.
    private mutating func entry(_ element: FieldType, _ field: ProtobufLayout.Field) throws(ProtobufError) -> JSONObject.Member {
        var key = ""
        var value: JSONValue?
        let outer = try reader.enter()
        while !reader.isAtEnd {
            let (number, wire) = try reader.tag(of: field.goName)
            switch number {
            case 1:
                try expect(.delimited, wire, field)
                key = try reader.string(field.goName)
            case 2: value = try self.value(element, wire, field)
            default: try reader.skip(wire)
            }
        }
        reader.leave(to: outer)
        return JSONObject.Member(key, value ?? zero(ofElement: element))
    }

    func expect(_ expected: ProtobufWireType, _ wire: ProtobufWireType, _ field: ProtobufLayout.Field) throws(ProtobufError) {
        guard wire == expected else { throw reader.malformed("proto: wrong wireType = \(wire.rawValue) for field \(field.goName)") }
    }

    private func zero(ofElement element: FieldType) -> JSONValue {
        switch element {
        case .message(let id): return .object(layouts[id.index].zero)
        case .wrapped: return []
        case .bytes: return ""
        default: return element.plainZero(isAlwaysWritten: true, inObjectMeta: false) ?? .null
        }
    }

    // MARK: The JSON of what was read

    private func json(_ layout: ProtobufLayout, _ slots: [ProtobufSlot]) -> JSONObject {
        var members: [JSONObject.Member] = []
        members.reserveCapacity(slots.count)
        for place in layout.order {
            let field = layout.fields[place]
            guard let value = json(slots[place], field) else { continue }
            if field.isInline {
                members += value.object?.members ?? []
            } else {
                members.append(JSONObject.Member(field.name, value))
            }
        }
        return JSONObject(unsorted: members)
    }

    private func json(_ slot: ProtobufSlot, _ field: ProtobufLayout.Field) -> JSONValue? {
        switch slot {
        case .absent: return field.absent
        case .list(let elements): return elements.isEmpty ? field.absent : .array(elements)
        case .map(let members): return .object(JSONObject(unsorted: members))
        case .message(let slots):
            guard case .message(let id) = field.type else { return nil }
            return .object(json(layouts[id.index], slots))
        case .value(let value):
            if field.isPointer { return value }
            // A time at zero, or JSON that is not there.
            if value.isNull { return field.absent }
            return field.isAlwaysWritten || !field.type.isLeftOut(value) ? value : nil
        }
    }
}

extension FieldType {
    /// How one value of the type lies on the wire.
    var wireType: ProtobufWireType {
        switch self {
        case .bool, .int32, .int64: .varint
        case .float64: .fixed64
        default: .delimited
        }
    }

    /// Whether `omitempty` leaves the value out; structs, such as quantities, stay.
    fileprivate func isLeftOut(_ value: JSONValue) -> Bool {
        switch self {
        case .string, .bytes: value == ""
        case .bool: value == false
        case .int32, .int64, .float64: value == 0
        case .wrapped: value.array?.isEmpty ?? false
        default: false
        }
    }
}
