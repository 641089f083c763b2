// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension TemplateFunction {
    /// - Source: Go's text/template/funcs.go
    func call(_ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        switch self {
        case .and: return try some(arguments).first { !$0.isTrue } ?? arguments[arguments.count - 1]
        case .or: return try some(arguments).first { $0.isTrue } ?? arguments[arguments.count - 1]
        case .not: return .truth(!(try exactly(1, arguments)[0].isTrue))
        case .len: return .number(try length(try exactly(1, arguments)[0]))
        case .index: return try index(arguments)
        case .print: return .text(Self.joined(arguments))
        case .println: return .text(arguments.map(\.printed).joined(separator: " ") + "\n")
        case .printf:
            guard case .text(let format)? = arguments.first else { throw TemplateError("error calling printf: the first argument must be a string") }
            return .text(try Self.formatted(format, Array(arguments.dropFirst())))
        case .eq:
            guard arguments.count > 1 else { throw TemplateError("error calling eq: missing argument for comparison") }
            var isEqual = false
            for other in arguments.dropFirst() { if try Self.areEqual(arguments[0], other) { isEqual = true } }
            return .truth(isEqual)
        case .ne:
            let pair = try exactly(2, arguments)
            return .truth(!(try Self.areEqual(pair[0], pair[1])))
        case .lt: return .truth(try order(arguments) < 0)
        case .le: return .truth(try order(arguments) <= 0)
        case .gt: return .truth(try order(arguments) > 0)
        case .ge: return .truth(try order(arguments) >= 0)
        }
    }

    private func exactly(_ count: Int, _ arguments: [TemplateValue]) throws(TemplateError) -> [TemplateValue] {
        guard arguments.count == count else {
            throw TemplateError("wrong number of args for \(rawValue): want \(count) got \(arguments.count)")
        }
        return arguments
    }

    private func some(_ arguments: [TemplateValue]) throws(TemplateError) -> [TemplateValue] {
        guard !arguments.isEmpty else { throw TemplateError("wrong number of args for \(rawValue): want at least 1 got 0") }
        return arguments
    }

    private func length(_ value: TemplateValue) throws(TemplateError) -> Int {
        switch value {
        case .text(let text): return text.utf8.count
        case .list(let list): return list.count
        case .map(let map): return map.count
        default: throw TemplateError("error calling len: len of type \(value.kind)")
        }
    }

    private func index(_ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        var value = try some(arguments)[0]
        for place in arguments.dropFirst() {
            switch (value, place) {
            case (.list(let list), .number(let number)):
                guard list.indices.contains(number) else { throw TemplateError("error calling index: index out of range: \(number)") }
                value = .text(list[number])
            case (.map(let map), .text(let key)): value = .text(map[key] ?? "")
            case (.text(let text), .number(let number)):
                let bytes = Array(text.utf8)
                guard bytes.indices.contains(number) else { throw TemplateError("error calling index: index out of range: \(number)") }
                value = .number(Int(bytes[number]))
            default: throw TemplateError("error calling index: can't index item of type \(value.kind) with \(place.kind)")
            }
        }
        return value
    }

    private static func areEqual(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Bool {
        switch (left, right) {
        case (.text(let a), .text(let b)): return a == b
        case (.number(let a), .number(let b)): return a == b
        case (.truth(let a), .truth(let b)): return a == b
        case (.none, .none): return true
        default: throw TemplateError("error calling eq: incompatible types for comparison")
        }
    }

    private func order(_ arguments: [TemplateValue]) throws(TemplateError) -> Int {
        let pair = try exactly(2, arguments)
        switch (pair[0], pair[1]) {
        case (.text(let a), .text(let b)): return a == b ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        case (.number(let a), .number(let b)): return a == b ? 0 : a < b ? -1 : 1
        default: throw TemplateError("error calling \(rawValue): incompatible types for comparison")
        }
    }

    /// With a blank between two that are no text.
    private static func joined(_ values: [TemplateValue]) -> String {
        var text = ""
        var lastWasText = true
        for (index, value) in values.enumerated() {
            let isText = if case .text = value { true } else { false }
            if index > 0, !isText, !lastWasText { text += " " }
            text += value.printed
            lastWasText = isText
        }
        return text
    }

    /// `%s`, `%v`, `%d`, `%q`, `%t` and `%%`.
    private static func formatted(_ format: String, _ arguments: [TemplateValue]) throws(TemplateError) -> String {
        var text = ""
        var rest = arguments[...]
        var isVerb = false
        for character in format {
            guard isVerb else {
                if character == "%" { isVerb = true } else { text.append(character) }
                continue
            }
            isVerb = false
            if character == "%" {
                text.append("%")
                continue
            }
            guard "svdqt".contains(character) else { throw TemplateError("error calling printf: the verb %\(character) is not known here") }
            guard let argument = rest.popFirst() else {
                text += "%!\(character)(MISSING)"
                continue
            }
            switch (character, argument) {
            case ("v", _), ("s", .text), ("s", .list), ("s", .map), ("d", .number), ("t", .truth): text += argument.printed
            case ("q", .text(let value)): text += PromQL.quoted(value)
            case ("q", .list(let list)): text += "[\(list.map(PromQL.quoted).joined(separator: " "))]"
            default: text += "%!\(character)(\(argument.kind)=\(argument.printed))"
            }
        }
        if isVerb { text += "%!(NOVERB)" }
        if !rest.isEmpty { text += "%!(EXTRA \(rest.map { "\($0.kind)=\($0.printed)" }.joined(separator: ", ")))" }
        return text
    }
}
