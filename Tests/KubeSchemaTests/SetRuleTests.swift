// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import KubeSchema
import Testing

@Suite("StatefulSets, DaemonSets, their revisions and claims")
struct SetRuleTests {
    private let pipeline = ObjectPipeline()

    private static let template = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}"

    private func decoded(_ apiVersion: String, _ kind: String, _ spec: String, metadata: String = "{name: web}") throws -> KubeObject {
        let json = try YAML.document(in: "{apiVersion: \(apiVersion), kind: \(kind), metadata: \(metadata), spec: {\(spec), \(Self.template)}}")
        return try pipeline.decode(json.encoded, as: GroupVersionKind(apiVersion: apiVersion, kind: kind), fieldValidation: .strict).object
    }

    private func object(_ kind: String, _ spec: String, change: String = "{}") throws -> KubeObject {
        let json = try YAML.document(in: "{kind: \(kind), spec: {\(spec), \(Self.template)}}").mergePatched(
            with: YAML.document(in: "{spec: \(change)}"))
        return KubeObject(json.object ?? [:])
    }

    private func text(_ errors: FieldErrors) -> [String] { errors.causes.map { "\($0.field): \($0.message)" } }

    // MARK: Defaults

    @Test(
        "a StatefulSet gets the defaults of its version",
        arguments: [
            ("apps/v1", "{type: RollingUpdate, rollingUpdate: {partition: 0}}"),
            ("apps/v1beta2", "{type: RollingUpdate, rollingUpdate: {partition: 0}}"),
            ("apps/v1beta1", "{type: OnDelete}"),
        ])
    func statefulSetDefaults(apiVersion: String, strategy: String) throws {
        let claims = "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}]"
        let set = try decoded(apiVersion, "StatefulSet", "selector: {matchLabels: {a: b}}, \(claims)")
        #expect(set.apiVersion == "apps/v1")
        let expected = try YAML.document(
            in: """
                {replicas: 1, revisionHistoryLimit: 10, serviceName: '', podManagementPolicy: OrderedReady, updateStrategy: \(strategy),
                persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Retain}, volumeClaimTemplates: [{apiVersion: v1,
                kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {}, volumeMode: Filesystem},
                status: {phase: Pending}}]}
                """)
        for member in expected.object ?? [:] { #expect(set.spec[member.key] == member.value, "\(member.key)") }
    }

    @Test("an old StatefulSet without a selector is selected by its template's labels")
    func labels() throws {
        let set = try decoded("apps/v1beta1", "StatefulSet", "replicas: 2")
        #expect(set.spec["selector"] == ["matchLabels": ["a": "b"]])
        #expect(set.labels == ["a": "b"])
    }

    @Test("a DaemonSet rolls, but waits for deletion in extensions/v1beta1, where its templates are counted in a field")
    func daemonSetDefaults() throws {
        let rolling = try YAML.document(in: "{type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 0}}")
        for apiVersion in ["apps/v1", "apps/v1beta2"] {
            let set = try decoded(apiVersion, "DaemonSet", "selector: {matchLabels: {a: b}}")
            #expect(set.spec["updateStrategy"] == rolling)
            #expect(set.spec["revisionHistoryLimit"] == 10)
        }
        let legacy = try decoded("extensions/v1beta1", "DaemonSet", "templateGeneration: 7")
        #expect(legacy.apiVersion == "apps/v1")
        #expect(legacy.spec["updateStrategy"] == ["type": "OnDelete"])
        #expect(legacy.spec["selector"] == ["matchLabels": ["a": "b"]])
        #expect(legacy.spec["templateGeneration"] == nil)
        #expect(legacy.annotations == ["deprecated.daemonset.template.generation": "7"])
        let served = try pipeline.served(legacy, as: GroupVersion(group: "extensions", version: "v1beta1"))
        #expect(served.spec["templateGeneration"] == 7)
        #expect(served.annotations.isEmpty)
    }

    // MARK: Rules

    @Test(
        "a broken StatefulSet gets upstream's causes",
        arguments: [
            ("{}", []),
            ("{podManagementPolicy: Any}", [#"spec.podManagementPolicy: Invalid value: "Any": must be 'OrderedReady' or 'Parallel'"#]),
            ("{updateStrategy: {type: Any}}", [#"spec.updateStrategy: Invalid value: {"type":"Any"}: must be 'RollingUpdate' or 'OnDelete'"#]),
            (
                "{updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}}",
                [#"spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy 'RollingUpdate'"#]
            ),
            (
                "{updateStrategy: {rollingUpdate: {partition: -1, maxUnavailable: 0}}}",
                [
                    "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
                    "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
                ]
            ),
            (
                "{updateStrategy: {rollingUpdate: {maxUnavailable: 101%}}}",
                [#"spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%"#]
            ),
            (
                "{persistentVolumeClaimRetentionPolicy: {whenDeleted: Lose}}",
                [#"spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Lose": supported values: "Retain", "Delete""#]
            ),
            ("{ordinals: {start: -2}}", ["spec.ordinals.start: Invalid value: -2: must be greater than or equal to 0"]),
            ("{selector: {matchLabels: null}}", ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"]),
            ("{selector: null}", ["spec.selector: Required value"]),
            (
                "{template: {spec: {activeDeadlineSeconds: 9}}}",
                ["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported"]
            ),
            (
                "{volumeClaimTemplates: [{metadata: {name: data}}]}",
                [
                    "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
                    "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
                ]
            ),
        ])
    func statefulSets(change: String, expected: [String]) throws {
        let valid = "replicas: 1, podManagementPolicy: OrderedReady, updateStrategy: {type: RollingUpdate}, selector: {matchLabels: {a: b}}"
        #expect(try text(StatefulSetRules.errors(object("StatefulSet", valid, change: change))) == expected)
    }

    @Test("a template may mount the claims of its set")
    func claimMounts() throws {
        let mount = "{template: {spec: {containers: [{name: c, image: i, volumeMounts: [{name: data, mountPath: /data}]}]}}}"
        let claims = "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]"
        let valid = "updateStrategy: {type: OnDelete}, selector: {matchLabels: {a: b}}"
        #expect(try text(StatefulSetRules.errors(object("StatefulSet", "\(valid), \(claims)", change: mount))).isEmpty)
        #expect(
            try text(StatefulSetRules.errors(object("StatefulSet", valid, change: mount)))
                == [#"spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data""#])
    }

    @Test(
        "of a StatefulSet only some fields may change",
        arguments: [
            ("{replicas: 5, minReadySeconds: 3, revisionHistoryLimit: 1, ordinals: {start: 1}, updateStrategy: {type: OnDelete}}", true),
            ("{serviceName: other}", false), ("{podManagementPolicy: Parallel}", false), ("{selector: {matchLabels: {a: b, c: d}}}", false),
        ])
    func updates(change: String, isAllowed: Bool) throws {
        let valid =
            "replicas: 1, serviceName: one, podManagementPolicy: OrderedReady, updateStrategy: {type: RollingUpdate}, selector: {matchLabels: {a: b}}"
        let causes = try text(
            StatefulSetRules.updateErrors(object("StatefulSet", valid, change: change), replacing: object("StatefulSet", valid)))
        let expected =
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        #expect(causes.contains(expected) == !isAllowed)
    }

    @Test(
        "a broken DaemonSet gets upstream's causes",
        arguments: [
            ("{}", []),
            ("{updateStrategy: {rollingUpdate: null}}", ["spec.updateStrategy.rollingUpdate: Required value"]),
            (
                "{updateStrategy: {rollingUpdate: {maxSurge: 1}}}",
                ["spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero"]
            ),
            (
                "{updateStrategy: {rollingUpdate: {maxUnavailable: 0%}}}",
                ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"]
            ),
            (
                "{updateStrategy: {rollingUpdate: {maxUnavailable: 200%}}}",
                [#"spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "200%": must not be greater than 100%"#]
            ),
            ("{selector: {matchLabels: null}}", ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"]),
            ("{revisionHistoryLimit: -1}", ["spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0"]),
        ])
    func daemonSets(change: String, expected: [String]) throws {
        let valid = "updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 0}}, selector: {matchLabels: {a: b}}"
        #expect(try text(DaemonSetRules.errors(object("DaemonSet", valid, change: change))) == expected)
    }

    @Test("what a revision remembers stays; its number may change")
    func revisions() {
        func revision(_ data: JSONValue?, _ number: Int64) -> KubeObject {
            var object = KubeObject(["revision": .integer(number)])
            object["data"] = data
            return object
        }
        #expect(text(ControllerRevisionRules.errors(revision(nil, -1))).count == 2)
        #expect(text(ControllerRevisionRules.updateErrors(revision(["a": 1], 3), replacing: revision(["a": 1], 2))).isEmpty)
        #expect(
            text(ControllerRevisionRules.updateErrors(revision(["a": 2], 2), replacing: revision(["a": 1], 2)))
                == [#"data: Invalid value: {"a":2}: field is immutable"#])
    }

    @Test(
        "a claim's spec stays, but for what it asks for and, until it is bound, its volume",
        arguments: [
            ("", "resources: {requests: {storage: 2Gi}}", true), ("", "volumeName: v", true), ("volumeName: v,", "volumeName: w", false),
            ("", "storageClassName: other", false),
        ])
    func claims(old: String, change: String, isAllowed: Bool) throws {
        let valid = "{spec: {\(old) accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
        let before = try YAML.document(in: valid)
        let after = before.mergePatched(with: try YAML.document(in: "{spec: {\(change)}}"))
        let errors = ClaimRules.updateErrors(KubeObject(after.object ?? [:]), replacing: KubeObject(before.object ?? [:]))
        #expect(errors.causes.isEmpty == isAllowed)
    }
}
