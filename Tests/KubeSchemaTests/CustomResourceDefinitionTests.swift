// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Definitions of custom resources")
struct CustomResourceDefinitionTests {
    private static let text = #"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},"spec":{
        "group":"example.com","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget","shortNames":["wd"],"categories":["all"]},
        "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{
        "spec":{"type":"object","properties":{"replicas":{"type":"integer","default":1},"selector":{"type":"string"}}},
        "status":{"type":"object","properties":{"replicas":{"type":"integer"},"selector":{"type":"string"}}}}}},
        "subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas","labelSelectorPath":".status.selector"}},
        "additionalPrinterColumns":[{"name":"Replicas","type":"integer","jsonPath":".spec.replicas","priority":1,"description":"How many"}],
        "selectableFields":[{"jsonPath":".spec.selector"}]}]}}
        """#

    private static func definition(_ patch: String = "{}") throws -> KubeObject {
        let base = try JSONValue.parse(text)
        return KubeObject(try #require(base.mergePatched(with: try JSONValue.parse(patch)).object))
    }

    /// The one version, with changes.
    private static func version(_ patch: String) throws -> KubeObject {
        var object = try definition()
        let version = try #require(object.value(at: "spec", "versions")?.array?.first)
        object.set(.array([version.mergePatched(with: try JSONValue.parse(patch))]), at: "spec", "versions")
        return object
    }

    @Test("a definition says what a server has to serve")
    func facts() throws {
        let definition = try CustomResourceDefinition(try Self.definition())
        #expect(definition.name == "widgets.example.com")
        #expect(definition.names.singular == "widget")
        #expect(definition.names.listKind == "WidgetList")
        #expect(definition.names.shortNames == ["wd"])
        #expect(definition.names.categories == ["all"])
        #expect(definition.isNamespaced)
        let version = try #require(definition.storageVersion)
        #expect(definition.groupVersionKind(version).description == "example.com/v1, Kind=Widget")
        #expect(version.hasStatus)
        #expect(version.scale?.labelSelector?.text == ".status.selector")
        #expect(version.columns.map(\.name) == ["Replicas"])
        #expect(version.columns.first?.priority == 1)
        #expect(version.columns.first?.path?.values(in: ["spec": ["replicas": 3]] as JSONValue) == [3])
        #expect(version.selectableFields.map(\.text) == [".spec.selector"])
        #expect(version.deprecationWarning == nil)
        #expect(!definition.hasRules)
        #expect(version.schema?.defaulted(["spec": [:]]) == ["spec": ["replicas": 1]])
        #expect(CustomResourceDefinition.validate(try Self.definition()).isEmpty)
    }

    @Test("a deprecated version has a warning of its own, or upstream's")
    func deprecation() throws {
        let plain = try CustomResourceDefinition(try Self.version(#"{"deprecated":true}"#))
        #expect(plain.versions[0].deprecationWarning == "example.com/v1 Widget is deprecated")
        let own = try CustomResourceDefinition(try Self.version(#"{"deprecated":true,"deprecationWarning":"use v2"}"#))
        #expect(own.versions[0].deprecationWarning == "use v2")
        #expect(
            CustomResource.lines(CustomResourceDefinition.validate(try Self.version(#"{"deprecationWarning":"x"}"#))) == [
                #"spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions"#
            ])
    }

    @Test(
        "a broken definition gets upstream's causes",
        arguments: [
            (#"{"metadata":{"name":"x"}}"#, [#"metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group"#]),
            (#"{"spec":{"scope":"Everywhere"}}"#, [#"spec.scope: Unsupported value: "Everywhere": supported values: "Cluster", "Namespaced""#]),
            (#"{"spec":{"scope":null}}"#, ["spec.scope: Required value"]),
            (
                #"{"metadata":{"name":"widgets.example"},"spec":{"group":"example"}}"#,
                [#"spec.group: Invalid value: "example": should be a domain with at least one dot"#]
            ),
            (#"{"spec":{"names":{"listKind":"Widget"}}}"#, [#"spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same"#]),
            (
                #"{"spec":{"names":{"kind":null}}}"#,
                ["spec.names.singular: Required value", "spec.names.kind: Required value", "spec.names.listKind: Required value"]
            ),
            (
                #"{"spec":{"conversion":{"strategy":"Webhook"}}}"#,
                [#"spec.conversion.strategy: Unsupported value: "Webhook": supported values: "None""#]
            ),
            (
                #"{"spec":{"preserveUnknownFields":true}}"#,
                [
                    "spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in the schema",
                    "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
                ]
            ),
            (
                #"{"metadata":{"name":"widgets.x.k8s.io"},"spec":{"group":"x.k8s.io"}}"#,
                [
                    #"metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111"#
                ]
            ),
            (#"{"status":{"storedVersions":["v1"]}}"#, []),
            (#"{"spec":{"versions":[]}}"#, ["spec.versions: Invalid value: []: must have exactly one version marked as storage version"]),
        ] as [(String, [String])])
    func causes(patch: String, expected: [String]) throws {
        #expect(CustomResource.lines(CustomResourceDefinition.validate(try Self.definition(patch))) == expected)
    }

    @Test(
        "a broken version gets upstream's causes, where upstream places them",
        arguments: [
            (#"{"schema":null,"selectableFields":null}"#, "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"),
            (
                #"{"schema":{"openAPIV3Schema":{"properties":{"spec":{"type":null}}}},"selectableFields":null}"#,
                "spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields"
            ),
            (#"{"subresources":{"scale":{"specReplicasPath":null}}}"#, "spec.subresources.scale.specReplicasPath: Required value"),
            (
                #"{"subresources":{"scale":{"statusReplicasPath":".spec.x"}}}"#,
                #"spec.subresources.scale.statusReplicasPath: Invalid value: ".spec.x": should be a json path under .status"#
            ),
            (
                #"{"additionalPrinterColumns":[{"name":"x","type":"text","jsonPath":".a"}]}"#,
                #"spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string"#
            ),
            (
                #"{"additionalPrinterColumns":[{"name":"x","type":"string","jsonPath":"a"}]}"#,
                #"spec.additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple json path starting with ."#
            ),
            (
                #"{"selectableFields":[{"jsonPath":".spec"}]}"#,
                #"spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."#
            ),
        ])
    func versionCauses(patch: String, expected: String) throws {
        #expect(CustomResource.lines(CustomResourceDefinition.validate(try Self.version(patch))) == [expected])
    }

    @Test("versions have names of their own, one of them stored, and schemas told of at their places")
    func versions() throws {
        let object = try Self.definition(
            #"{"spec":{"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}},{"name":"v1","storage":true,"schema":{"openAPIV3Schema":{}}},{"name":"V","schema":{"openAPIV3Schema":{"type":"object"}}}]}}"#
        )
        let lines = CustomResource.lines(CustomResourceDefinition.validate(object))
        #expect(lines.count == 4)
        #expect(lines[0] == "spec.versions[1].schema.openAPIV3Schema.type: Required value: must not be empty at the root")
        #expect(lines[1].hasPrefix(#"spec.versions[2].name: Invalid value: "V": a DNS-1035 label must consist of"#))
        #expect(lines[2].hasSuffix("must contain unique version names"))
        #expect(lines[3].hasSuffix("must have exactly one version marked as storage version"))
        #expect(throws: APIError.self) { try CustomResourceDefinition(object) }
    }

    @Test("what an update may not change, and versions that are still stored")
    func updates() throws {
        let old = try Self.definition(#"{"status":{"storedVersions":["v1"],"conditions":[{"type":"Established","status":"True"}]}}"#)
        let moved = try Self.definition(#"{"spec":{"scope":"Cluster"},"status":{"storedVersions":["v1"]}}"#)
        #expect(
            CustomResource.lines(CustomResourceDefinition.validate(moved, replacing: old)) == [
                #"spec.scope: Invalid value: "Cluster": field is immutable"#
            ])
        let lost = try Self.definition(#"{"status":{"storedVersions":["v1","v0"]}}"#)
        #expect(
            CustomResource.lines(CustomResourceDefinition.validate(lost, replacing: old)) == [
                #"status.storedVersions[1]: Invalid value: "v0": missing from spec.versions; v0 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v0 and removes v0 from status.storedVersions"#
            ])
        #expect(
            CustomResource.lines(CustomResourceDefinition.validate(try Self.definition(), replacing: old)) == [
                "status.storedVersions: Invalid value: []: must have at least one stored version"
            ])
    }

    private static let beta = #"""
        {"apiVersion":"apiextensions.k8s.io/v1beta1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},"spec":{
        "group":"example.com","version":"v1","names":{"plural":"widgets","kind":"Widget"},
        "validation":{"openAPIV3Schema":{"properties":{"spec":{"properties":{"a":{"type":"string"}}}}}},"subresources":{"status":{}},
        "additionalPrinterColumns":[{"name":"A","type":"string","JSONPath":".spec.a"}]}}
        """#

    @Test("a definition of v1beta1 is one of v1 within, keeps unknown fields, and is shown as it was")
    func beta() throws {
        let object = KubeObject(try CustomResource.object(Self.beta))
        #expect(CustomResourceDefinition.validate(object).isEmpty)
        let definition = try CustomResourceDefinition(object)
        #expect(definition.preservesUnknownFields)
        #expect(definition.isNamespaced)
        let version = try #require(definition.storageVersion)
        #expect(version.columns.first?.jsonPath == ".spec.a")
        #expect(version.hasStatus)
        let custom = try CustomResource.object(#"{"metadata":{"name":"x","y":1},"spec":{"b":{"c":1}},"d":[{"e":1}]}"#)
        let (pruned, unknown) = definition.pruned(custom, as: version)
        #expect(JSONValue.object(pruned).encodedText == #"{"d":[{"e":1}],"metadata":{"name":"x"},"spec":{"b":{"c":1}}}"#)
        #expect(unknown == ["metadata.y"])
        #expect(version.schema?.validate(try CustomResource.object(#"{"spec":{"a":1}}"#)).count == 1)
        let back = CustomResourceDefinition.downgraded(CustomResourceDefinition.upgraded(object))
        for (name, value) in try #require(object.spec.object).map({ ($0.key, $0.value) }) where name != "names" { #expect(back.spec[name] == value) }
        #expect(back.apiVersion == "apiextensions.k8s.io/v1beta1")
        #expect(back.spec["versions"] == [["name": "v1", "served": true, "storage": true]])
    }

    @Test("rules in CEL are kept and told of")
    func rules() throws {
        let object = try Self.version(
            #"{"schema":{"openAPIV3Schema":{"properties":{"spec":{"x-kubernetes-validations":[{"rule":"self.replicas > 0","message":"m"}]}}}}}"#)
        #expect(CustomResourceDefinition.validate(object).isEmpty)
        let definition = try CustomResourceDefinition(object)
        #expect(definition.hasRules)
        #expect(definition.versions[0].schema?.child(named: "spec")?.rules.first?.message == "m")
    }

    @Test(
        "paths find what they name",
        arguments: [
            (".spec.replicas", "[3]"), (".metadata.labels['a.b/c']", #"["x"]"#), (#".metadata.labels["a.b/c"]"#, #"["x"]"#),
            (#".metadata.labels.a\.b/c"#, #"["x"]"#),
            (#".status.conditions[?(@.type=="Ready")].status"#, #"["True"]"#), (".status.conditions[?(@.type=='Ready')].status", #"["True"]"#),
            (".status.conditions[?(@.n>=2)].type", #"["Other"]"#), (".status.conditions[?(@.n)].type", #"["Ready","Other"]"#),
            (#".status.conditions[?(@.type!="Ready")].n"#, "[2]"), (".status.conditions[0].type", #"["Ready"]"#),
            (".status.conditions[-1].type", #"["Other"]"#),
            (".status.conditions[*].type", #"["Ready","Other"]"#), (".status.conditions[0:1].n", "[1]"), (".status.conditions[7].type", "[]"),
            (".spec.none.at.all", "[]"),
            (".spec.*", "[3]"), ("$.spec.replicas", "[3]"), (".status.conditions[99999999999999999:]", "[]"),
        ])
    func paths(path: String, expected: String) throws {
        let object = try JSONValue.parse(
            #"{"metadata":{"labels":{"a.b/c":"x"}},"spec":{"replicas":3},"status":{"conditions":[{"type":"Ready","status":"True","n":1},{"type":"Other","n":2}]}}"#
        )
        #expect(JSONValue.array(try FieldPath(path).values(in: object)).encodedText == expected)
    }

    @Test("what is no path is refused", arguments: ["..a", ".a[", ".a['b", ".a[?(b)]", ".a[?(@.b=]", ".a]", ".a[x]", ".a b[?(@.b==[)]"])
    func brokenPaths(path: String) { #expect(throws: FieldPathError.self) { try FieldPath(path) } }

    @Test("a path of names sets what it leads to")
    func setting() throws {
        var object = try CustomResource.object(#"{"spec":{"a":1}}"#)
        #expect(try FieldPath(".spec.replicas").set(5, in: &object))
        #expect(try FieldPath(".spec.deep.er").set(6, in: &object))
        #expect(try FieldPath(".spec.a").set(nil, in: &object))
        #expect(try !FieldPath(".spec.list[0]").set(5, in: &object))
        #expect(JSONValue.object(object).encodedText == #"{"spec":{"deep":{"er":6},"replicas":5}}"#)
    }
}
