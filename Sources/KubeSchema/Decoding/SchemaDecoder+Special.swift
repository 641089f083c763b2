// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Types that read their own JSON in Go: what they take, the one form they are written in, and what they complain.
extension SchemaDecoder {
    func special(_ json: JSONValue, _ fieldType: FieldType, _ type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        switch fieldType {
        case .quantity: try quantity(json)
        case .intOrString: try intOrString(json, type)
        case .time: .string(try time(json, type, layout: "2006-01-02T15:04:05Z07:00").description)
        case .microTime: .string(try time(json, type, layout: "2006-01-02T15:04:05.000000Z07:00").microText)
        case .bytes: try bytes(json, type)
        default: try text(json, type)
        }
    }

    private func quantity(_ json: JSONValue) throws(SchemaDecodingError) -> JSONValue {
        do throws(QuantityError) {
            switch json {
            case .string(let text): return .string(try Quantity(text).description)
            case .integer, .number: return .string(try Quantity(json.encodedText).description)
            default: throw .format
            }
        } catch {
            throw SchemaDecodingError(error.message)
        }
    }

    private func intOrString(_ json: JSONValue, _ type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        switch json {
        case .string: return json
        case .integer(let value) where Int32(exactly: value) != nil: return json
        default:
            throw SchemaDecodingError("json: cannot unmarshal \(json.goKind(for: .int32)) into Go struct field \(context(in: type)) of type int32")
        }
    }

    private func text(_ json: JSONValue, _ type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        guard case .string = json else {
            throw SchemaDecodingError("json: cannot unmarshal \(json.goKind(for: .string)) into Go struct field \(context(in: type)) of type string")
        }
        return json
    }

    private func time(_ json: JSONValue, _ type: SchemaType, layout: String) throws(SchemaDecodingError) -> Timestamp {
        guard let text = try text(json, type).string else { return .zero }
        guard let time = Timestamp(text) else {
            throw SchemaDecodingError("parsing time \"\(text)\" as \"\(layout)\": cannot parse \"\(text)\" as \"2006\"")
        }
        return time
    }

    private func bytes(_ json: JSONValue, _ type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        guard let text = json.string else {
            throw SchemaDecodingError("json: cannot unmarshal \(json.goKind(for: .bytes)) into Go struct field \(context(in: type)) of type []uint8")
        }
        if let place = Self.firstFaultOfBase64(Array(text.utf8)) { throw SchemaDecodingError("illegal base64 data at input byte \(place)") }
        return json
    }

    /// Where padded standard base64 goes wrong; line breaks are passed over.
    private static func firstFaultOfBase64(_ bytes: [UInt8]) -> Int? {
        var count = 0
        var padding = 0
        for (place, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
            case UInt8(ascii: "="):
                padding += 1
                if padding > 2 || count % 4 < 2 { return place }
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "+"), UInt8(ascii: "/"):
                if padding > 0 { return place }
            default: return place
            }
            count += 1
        }
        return count % 4 == 0 ? nil : bytes.count
    }
}

/// How Go names values and types in its messages.
extension JSONValue {
    var goKind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .integer, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// A number that does not fit is named with its digits.
    func goKind(for type: FieldType) -> String {
        guard type == .int32 || type == .int64 else { return goKind }
        switch self {
        case .integer(let value): return "number \(value)"
        case .number(let value): return "number \(value)"
        default: return goKind
        }
    }
}

extension SchemaType {
    /// `v1.PodSpec`.
    var goName: String {
        let version = package.split(separator: "/").last.map(String.init) ?? ""
        return version.isEmpty ? shortName : "\(version).\(shortName)"
    }
}

extension FieldType {
    func goName(in schema: KubeSchema) -> String {
        switch self {
        case .string, .time, .microTime, .duration: "string"
        case .bool: "bool"
        case .int32, .intOrString: "int32"
        case .int64: "int64"
        case .float64: "float64"
        case .bytes: "[]uint8"
        case .quantity: "resource.Quantity"
        case .any: "interface {}"
        case .message(let id): schema[id].goName
        case .list(let element), .wrapped(let element): "[]" + element.goName(in: schema)
        case .map(.quantity): "v1.ResourceList"
        case .map(let element): "map[string]" + element.goName(in: schema)
        }
    }
}
