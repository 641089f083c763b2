// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import RegularExpressions

/// Which label names objects of which resource, both ways: by overrides, and by a template of a label's name.
///
/// - Source: prometheus-adapter v0.12 pkg/naming/resource_converter.go, lbl_res.go
struct ResourceLabels: Sendable {
    static let namespaces = GroupResource(group: "", resource: "namespaces")
    /// Whose metrics are not asked for in a namespace; those of all others are.
    static let clusterScoped: Set<GroupResource> = [
        namespaces, GroupResource(group: "", resource: "nodes"), GroupResource(group: "", resource: "persistentvolumes"),
    ]

    private var resources: [String: GroupResource] = [:]
    private var labels: [GroupResource: String] = [:]
    private var template: QueryTemplate?
    private var pattern: RegularExpression?
    private let kinds: ResourceKinds

    /// - Throws: `RuleProblem` about `resources`.
    init(_ mapping: ResourceMapping, _ kinds: ResourceKinds) throws(RuleProblem) {
        self.kinds = kinds
        if !mapping.template.isEmpty { try read(template: mapping.template) }
        for (label, written) in mapping.overrides.sorted(by: { $0.key < $1.key }) {
            guard let resource = kinds.normalized(written) else {
                throw RuleProblem(
                    "resources.overrides",
                    "unable to normalize group-resource {\(written.group) \(written.resource)}: no matches for \(written.group)/,"
                        + " Resource=\(written.resource)")
            }
            resources[label] = resource
            labels[resource] = label
        }
    }

    private mutating func read(template text: String) throws(RuleProblem) {
        let template: QueryTemplate
        do { template = try QueryTemplate(text) } catch {
            throw RuleProblem("resources.template", "unable to parse label template \(PromQL.quoted(text)): template: resource-label:1: \(error)")
        }
        func fail(_ reason: String) -> RuleProblem {
            RuleProblem("resources.template", "unable to generate label format from template \(PromQL.quoted(text)): \(reason)")
        }
        // Filled with patterns, it is the pattern of all labels that it makes.
        let written: String
        do { written = try template.fill(["Group": .text("(?P<group>.+?)"), "Resource": .text("(?P<resource>.+?)")]) } catch {
            throw fail("unable to convert label template to matcher: template: resource-label:1: \(error)")
        }
        guard !written.isEmpty else { throw fail("unable to convert label template to matcher: empty template") }
        let pattern: RegularExpression
        do { pattern = try RegularExpression("^" + written + "$") } catch {
            throw fail("unable to convert label template to matcher: \(error)")
        }
        guard pattern.group(named: "resource") != nil else { throw fail("must include at least `{{.Resource}}` in the label template") }
        (self.template, self.pattern) = (template, pattern)
    }

    /// What the objects named by a label are; nil for labels that name none.
    func resource(of label: String) -> GroupResource? {
        if let known = resources[label] { return known }
        guard let pattern, let match = pattern.firstMatch(in: label), let place = pattern.group(named: "resource"), let name = match[group: place]
        else {
            return nil
        }
        let group = pattern.group(named: "group").flatMap { match[group: $0] } ?? ""
        return kinds.normalized(GroupResource(group: group, resource: name))
    }

    /// - Parameter resource: a normalized one.
    func label(of resource: GroupResource) throws(RuleProblem) -> String {
        if let known = labels[resource] { return known }
        guard let template else { throw RuleProblem("resources", "no generic resource label form specified for this metric") }
        guard let singular = kinds.singular(of: resource) else {
            throw RuleProblem("resources", "unable to singularize resource \(resource.resource)")
        }
        let group = String(resource.group.map { $0 == "." || $0 == "-" ? "_" : $0 })
        let label: String
        do { label = try template.fill(["Group": .text(group), "Resource": .text(singular)]) } catch {
            throw RuleProblem("resources.template", "unable to convert resource \(resource.resource) into label: \(error)")
        }
        guard !label.isEmpty else { throw RuleProblem("resources.template", "empty label produced by label template") }
        return label
    }
}

/// Why a rule, or a request by it, comes to nothing.
package struct RuleProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Of the rule: `name.matches`.
    package var field: String
    package var message: String
    package var description: String { message }

    init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}
