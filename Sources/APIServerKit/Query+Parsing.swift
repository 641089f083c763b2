// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension Query {
    /// The parameters of `text`, what stands after the `?` of a URI. A pair that is malformed or holds a `;` is left out, as
    /// Go's `url.Query` does.
    package init(parsing text: some StringProtocol) {
        self.init()
        guard !text.isEmpty else { return }
        for pair in text.split(separator: "&", omittingEmptySubsequences: true) where !pair.utf8.contains(UInt8(ascii: ";")) {
            let name: Substring.SubSequence
            let value: Substring.SubSequence
            if let equals = pair.firstIndex(of: "=") {
                name = Substring(pair[..<equals])
                value = Substring(pair[pair.index(after: equals)...])
            } else {
                name = Substring(pair)
                value = ""
            }
            if let name = PercentEncoding.decode(name, plusIsSpace: true), let value = PercentEncoding.decode(value, plusIsSpace: true) {
                items.append((name, value))
            }
        }
    }
}
