// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension FuzzTarget {
    private static let pipeline = ObjectPipeline()
    private static let deployments = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    private static let deployment: KubeObject? = (try? pipeline.decode(Array(Corpus.deployment.utf8), as: deployments))?.object

    static let patches: [FuzzTarget] = [
        // An object and its patch, with a line between them.
        FuzzTarget("merge patch", corpus: Corpus.mergePatches.flatMap { patch in Corpus.json.map { "\($0)\n\(patch)" } }, words: Corpus.jsonWords) {
            input in
            guard let line = input.firstIndex(of: UInt8(ascii: "\n")), let object = try? JSONValue.parse(Array(input[..<line])),
                let patch = try? JSONValue.parse(Array(input[(line + 1)...]))
            else { return false }
            let patched = object.mergePatched(with: patch)
            try check(patched.encoded == member(object, patch).encoded, "not as RFC 7386 says: \(patched.encodedText)")
            return true
        },
        FuzzTarget("strategic merge patch", corpus: Corpus.mergePatches, words: Corpus.patchWords) { try patch($0, .strategicMerge) },
        FuzzTarget("JSON patch", corpus: Corpus.jsonPatches, words: Corpus.patchWords) { try patch($0, .json) },
    ]

    /// RFC 7386 as it is written: one member after the other.
    private static func member(_ target: JSONValue, _ patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = target.object ?? JSONObject()
        for change in changes { result[change.key] = change.value.isNull ? nil : member(result[change.key] ?? .null, change.value) }
        return .object(result)
    }

    private static func patch(_ input: [UInt8], _ type: ObjectPatchType) throws -> Bool {
        guard let deployment else { throw FuzzFailure("the corpus has no deployment") }
        let patched: KubeObject
        do throws(APIError) {
            patched = try pipeline.patched(deployment, with: input, type: type, as: deployments).object
        } catch {
            try check([400, 413, 415, 422].contains(error.code), "\(error.code): \(error.message)")
            try check(!error.message.isEmpty, "no reason is given")
            return false
        }
        // What is stored must be readable again, whatever led to it.
        let read = try JSONValue.parse(patched.encoded)
        try check(read.encoded == patched.encoded, "what was patched is read as something else")
        return true
    }
}
