// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Objects that set a little of everything.
enum ProtobufSamples {
    static let all = [deployment, pod, autoscaler, service, configMap, lease, event]

    static let deployment = """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","generation":3,"finalizers":["a/b"],
        "labels":{"app":"web","":"x","é":"ü"},"annotations":{"z":"","a":"1"},"creationTimestamp":"2026-11-22T20:44:13Z",
        "deletionTimestamp":"1969-12-31T23:59:59Z","deletionGracePeriodSeconds":0,
        "ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":false,"blockOwnerDeletion":true}],
        "managedFields":[{"manager":"m","operation":"Update","apiVersion":"apps/v1","time":"2026-11-22T20:44:13Z","fieldsType":"FieldsV1",
        "fieldsV1":{"f:spec":{"f:replicas":{},"k:{\\"a\\":1}":{".":{}}}}}]},
        "spec":{"replicas":0,"paused":true,"minReadySeconds":-1,"revisionHistoryLimit":0,
        "selector":{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"k","operator":"In","values":["a",""]}]},
        "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":0}},
        "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i","resources":
        {"requests":{"cpu":"100m","memory":"1Gi"},"limits":{"cpu":1.5}},"ports":[{"containerPort":80,"name":"http"}],
        "env":[{"name":"A","value":""},{"name":"B","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},
        {"name":"C","valueFrom":{"configMapKeyRef":{"name":"cm","key":"k","optional":false}}}]}]}}},
        "status":{"replicas":2,"conditions":[{"type":"Available","status":"True","lastUpdateTime":"2026-11-22T20:44:13Z",
        "lastTransitionTime":null,"reason":"r","message":"m"}],"collisionCount":0}}
        """

    static let pod = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"shop"},"spec":{"nodeSelector":{"a":"b"},"hostNetwork":true,
        "automountServiceAccountToken":false,"priority":-2147483648,"activeDeadlineSeconds":9223372036854775807,
        "securityContext":{"runAsUser":0,"supplementalGroups":[0,-1,65534],"fsGroup":1},"overhead":{"cpu":"10m"},
        "tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute","tolerationSeconds":0}],
        "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule"}],
        "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":
        [{"key":"a","operator":"Gt","values":["1"]}]}]}}},
        "volumes":[{"name":"e","emptyDir":{}},{"name":"s","secret":{"secretName":"x","items":[{"key":"k","path":"p","mode":0}]}},
        {"name":"pr","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}],
        "initContainers":[{"name":"i","image":"x","command":["sh","-c",""],"restartPolicy":"Always"}],
        "containers":[{"name":"c","image":"i","volumeMounts":[{"name":"e","mountPath":"/e"}],"livenessProbe":{"httpGet":{"path":"/","port":"http"}},
        "readinessProbe":{"exec":{"command":["true"]}},"lifecycle":{"preStop":{"sleep":{"seconds":5}}},"stdin":true,
        "securityContext":{"capabilities":{"add":["NET_ADMIN"]},"privileged":false}}]},
        "status":{"phase":"Running","podIPs":[{"ip":"10.0.0.1"}],"startTime":"2026-11-22T20:44:13Z","containerStatuses":[{"name":"c",
        "state":{"running":{"startedAt":"2026-11-22T20:44:13Z"}},"lastState":{"terminated":{"exitCode":137,"startedAt":null,"finishedAt":null}},
        "ready":true,"restartCount":1,"image":"i","imageID":"","started":false,"allocatedResources":{"memory":"64Mi"}}]}}
        """

    static let autoscaler = """
        {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"web","namespace":"shop"},
        "spec":{"scaleTargetRef":{"kind":"Deployment","name":"web","apiVersion":"apps/v1"},"minReplicas":0,"maxReplicas":10,"metrics":[
        {"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":0}}},
        {"type":"Pods","pods":{"metric":{"name":"m","selector":{"matchLabels":{"a":"b"}}},"target":{"type":"AverageValue","averageValue":"1500m"}}},
        {"type":"Object","object":{"describedObject":{"kind":"Service","name":"s"},"metric":{"name":"m"},"target":{"type":"Value","value":2}}},
        {"type":"External","external":{"metric":{"name":"q"},"target":{"type":"Value","value":"1e3"}}}],
        "behavior":{"scaleDown":{"stabilizationWindowSeconds":0,"selectPolicy":"Disabled"},"scaleUp":{"tolerance":"50m","policies":
        [{"type":"Pods","value":4,"periodSeconds":15}]}}},
        "status":{"currentReplicas":1,"desiredReplicas":0,"lastScaleTime":"2026-11-22T20:47:44Z","currentMetrics":null,"conditions":[
        {"type":"AbleToScale","status":"True","lastTransitionTime":"2026-11-22T20:44:28Z"}]}}
        """

    static let service = """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"shop"},"spec":{"selector":{"app":"web"},"clusterIP":"None",
        "ports":[{"name":"a","port":80,"targetPort":"http"},{"name":"b","port":81,"targetPort":8081,"nodePort":30000,"appProtocol":""}],
        "sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":1}},"ipFamilies":["IPv4"],
        "allocateLoadBalancerNodePorts":false},"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4","ports":[{"port":1,"protocol":"TCP"}]}]}}}
        """

    static let configMap = """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"shop"},"immutable":false,"data":{"a":"b","empty":"","é":"\\u0000"},
        "binaryData":{"none":"","one":"AA==","two":"//4=","three":"AQID","four":"AQIDBA=="}}
        """

    static let lease = """
        {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","namespace":"shop"},"spec":{"holderIdentity":"",
        "leaseDurationSeconds":15,"acquireTime":"2026-11-22T20:44:13.000001Z","renewTime":"1969-12-31T23:59:59.999999Z","leaseTransitions":0}}
        """

    static let event = """
        {"apiVersion":"v1","kind":"Event","metadata":{"name":"e","namespace":"shop"},"involvedObject":{"kind":"Pod","name":"p"},
        "firstTimestamp":"2026-11-22T20:44:13Z","lastTimestamp":null,"eventTime":null,"count":2147483647,"series":{"count":-1,"lastObservedTime":null},
        "source":{"component":"c"},"type":"Normal","reportingComponent":"","reportingInstance":""}
        """
}
