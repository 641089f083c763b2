// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// One piece of a list, or all of it.
struct ListPage: Sendable {
    var objects: [KubeObject]
    /// That the whole list is of.
    var revision: Int64
    /// nil where nothing is left.
    var continuation: ContinueToken?
    /// How many are left; nil where that is not counted, as with selectors.
    var remaining: Int64?
}

extension ListPage {
    /// - Throws: 410 for a time that is no longer known, 504 for one that is yet to come.
    static func read(
        _ options: ListOptions, of resource: GroupResource, namespace: String?, selection: Selection, in store: any ObjectStore
    ) throws(APIError) -> ListPage {
        let snapshot = try snapshot(options, of: resource, in: store)
        let objects = snapshot.objects(namespace: namespace, from: options.continuation?.start)
        // From the present, whatever that is, lists are whole: that is how upstream answers out of its cache.
        guard options.limit > 0, options.continuation != nil || options.revision != 0 else {
            return ListPage(objects: selection.selectsAll ? objects : objects.filter(selection.matches), revision: snapshot.revision)
        }
        var page = ListPage(objects: [], revision: snapshot.revision)
        for (index, object) in objects.enumerated() where selection.matches(object) {
            if page.objects.count == options.limit {
                let start = NamespacedName(namespace: object.namespace, name: object.name)
                page.continuation = ContinueToken(revision: snapshot.revision, start: start)
                if selection.selectsAll { page.remaining = Int64(objects.count - index) }
                break
            }
            page.objects.append(object)
        }
        return page
    }

    private static func snapshot(_ options: ListOptions, of resource: GroupResource, in store: any ObjectStore) throws(APIError) -> ObjectSnapshot {
        let current = store.revision
        if let revision = options.revision, revision > current { throw tooLarge(revision, current: current) }
        var revision = options.continuation?.revision
        // Before there was a word for it, a limit with a revision meant that very revision.
        let isExact = options.match == .exact || options.match == nil && options.limit > 0
        if options.continuation == nil, isExact, let asked = options.revision, asked > 0 { revision = asked }
        do {
            return try store.snapshot(resource, at: revision)
        } catch {
            guard let token = options.continuation else { throw .expired("The resourceVersion for the provided list is too old.") }
            throw tooOld(token)
        }
    }

    private static func tooOld(_ token: ContinueToken) -> APIError {
        var error = APIError.expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, "
                + "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in "
                + "an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may "
                + "show up in the list.")
        error.continueToken = ContinueToken(revision: nil, start: token.start).text
        return error
    }

    static func tooLarge(_ asked: Int64, current: Int64) -> APIError {
        APIError(
            code: 504, reason: .timeout, message: "Timeout: Too large resource version: \(asked), current: \(current)",
            details: APIError.Details(
                causes: [APIError.Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")], retryAfterSeconds: 1))
    }
}
