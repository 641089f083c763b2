// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension PolicyRows {
    /// The roles that every cluster has, for people and for the parts of the control plane; without those of features that are not here
    /// (storage classes, device claims, jobs).
    ///
    /// - Source: kubernetes v1.36 plugin/pkg/auth/authorizer/rbac/bootstrappolicy
    static let clusterRoles = """
        role cluster-admin
          * * *
          path * *
        role admin aggregates=admin
        role edit aggregates=edit to=admin
        role view aggregates=view to=edit
        role system:aggregate-to-admin to=admin
          authorization.k8s.io localsubjectaccessreviews create
          rbac.authorization.k8s.io rolebindings,roles read,write
        role system:aggregate-to-edit to=edit
          core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy read
          core serviceaccounts impersonate
          core pods,pods/attach,pods/exec,pods/portforward,pods/proxy write
          core pods/eviction create
          core configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy write
          core serviceaccounts/token create
          apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale write
          autoscaling horizontalpodautoscalers write
          batch cronjobs,jobs write
          extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale write
          policy poddisruptionbudgets write
          networking.k8s.io ingresses,networkpolicies write
          coordination.k8s.io leases read,write
        role system:aggregate-to-view to=view
          core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status read
          core bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status read
          core namespaces read
          discovery.k8s.io endpointslices read
          apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status read
          autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status read
          batch cronjobs,cronjobs/status,jobs,jobs/status read
          extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale read
          policy poddisruptionbudgets,poddisruptionbudgets/status read
          networking.k8s.io ingresses,ingresses/status,networkpolicies read
        role system:auth-delegator
          authentication.k8s.io tokenreviews create
          authorization.k8s.io subjectaccessreviews create
        role system:basic-user
          authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews create
          authentication.k8s.io selfsubjectreviews create
        role system:discovery
          path /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/ get
        role system:public-info-viewer
          path /healthz,/livez,/readyz,/version,/version/ get
        role system:monitoring
          path /healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/* get
        role system:heapster
          core events,namespaces,nodes,pods read
          extensions deployments read
        role system:kube-aggregator
          core endpoints,services read
        role system:kube-dns
          core endpoints,services list,watch
        role system:kubelet-api-admin
          core nodes read
          core nodes proxy
          core nodes/log,nodes/metrics,nodes/proxy,nodes/stats *
        role system:node-problem-detector
          core nodes get
          core nodes/status patch
          core,events.k8s.io events create,patch,update
        role system:node-proxier
          core endpoints,services list,watch
          core nodes read
          core,events.k8s.io events create,patch,update
          discovery.k8s.io endpointslices list,watch
        role system:certificates.k8s.io:certificatesigningrequests:nodeclient
          certificates.k8s.io certificatesigningrequests/nodeclient create
        role system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
          certificates.k8s.io certificatesigningrequests/selfnodeclient create
        role system:certificates.k8s.io:kube-apiserver-client-approver
          certificates.k8s.io signers approve names=kubernetes.io/kube-apiserver-client
        role system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
          certificates.k8s.io signers approve names=kubernetes.io/kube-apiserver-client-kubelet
        role system:certificates.k8s.io:kubelet-serving-approver
          certificates.k8s.io signers approve names=kubernetes.io/kubelet-serving
        role system:certificates.k8s.io:legacy-unknown-approver
          certificates.k8s.io signers approve names=kubernetes.io/legacy-unknown
        role system:service-account-issuer-discovery
          path /.well-known/openid-configuration,/openid/v1/jwks get
        role system:kube-controller-manager
          core,events.k8s.io events create,patch,update
          coordination.k8s.io leases create
          coordination.k8s.io leases get,update names=kube-controller-manager
          core secrets,serviceaccounts create
          core secrets delete
          core configmaps,namespaces,secrets,serviceaccounts get
          core secrets,serviceaccounts update
          authentication.k8s.io tokenreviews create
          authorization.k8s.io subjectaccessreviews create
          * * list,watch
          core serviceaccounts/token create
        role system:kube-scheduler
          core,events.k8s.io events create,patch,update
          coordination.k8s.io leases create
          coordination.k8s.io leases get,update names=kube-scheduler
          core nodes read
          core pods delete,get,list,watch
          core bindings,pods/binding create
          core pods/status patch,update
          core replicationcontrollers,services read
          apps,extensions replicasets read
          apps statefulsets read
          policy poddisruptionbudgets read
          core persistentvolumeclaims,persistentvolumes read
          authentication.k8s.io tokenreviews create
          authorization.k8s.io subjectaccessreviews create
          core namespaces read
        """

    /// One for each controller, bound to its service account.
    static let controllerRoles = """
        role system:controller:clusterrole-aggregation-controller
          rbac.authorization.k8s.io clusterroles escalate,get,list,patch,update,watch
        role system:controller:daemon-set-controller
          apps,extensions daemonsets read
          apps,extensions daemonsets/status update
          apps,extensions daemonsets/finalizers update
          core nodes list,watch
          core pods create,delete,list,patch,watch
          core pods/binding create
          apps controllerrevisions create,delete,get,list,patch,update,watch
          core,events.k8s.io events create,patch,update
        role system:controller:deployment-controller
          apps,extensions deployments get,list,update,watch
          apps,extensions deployments/status update
          apps,extensions deployments/finalizers update
          apps,extensions replicasets create,delete,get,list,patch,update,watch
          core pods get,list,update,watch
          core,events.k8s.io events create,patch,update
        role system:controller:disruption-controller
          apps,extensions deployments read
          apps,extensions replicasets read
          core replicationcontrollers read
          policy poddisruptionbudgets read
          apps statefulsets read
          policy poddisruptionbudgets/status update
          core pods/status patch,update
          * */scale get
          core,events.k8s.io events create,patch,update
        role system:controller:endpoint-controller
          core pods,services read
          core endpoints create,delete,get,list,update,watch
          core endpoints/restricted create
          core,events.k8s.io events create,patch,update
        role system:controller:endpointslice-controller
          core nodes,pods,services read
          core services/finalizers update
          discovery.k8s.io endpointslices create,delete,get,list,update,watch
          core,events.k8s.io events create,patch,update
        role system:controller:generic-garbage-collector
          * * delete,get,list,patch,update,watch
          core,events.k8s.io events create,patch,update
        role system:controller:horizontal-pod-autoscaler
          autoscaling horizontalpodautoscalers read
          autoscaling horizontalpodautoscalers/status update
          * */scale get,update
          core pods list,watch
          metrics.k8s.io pods list,watch
          custom.metrics.k8s.io * read
          external.metrics.k8s.io * read
          core,events.k8s.io events create,patch,update
        role system:controller:namespace-controller
          core namespaces delete,get,list,watch
          core namespaces/finalize,namespaces/status update
          * * delete,deletecollection,get,list,watch
        role system:controller:node-controller
          core nodes delete,get,list,patch,update,watch
          core nodes/status patch,update
          core pods/status patch,update
          core pods delete,get,list,watch
          core,events.k8s.io events create,patch,update
        role system:controller:persistent-volume-binder
          core persistentvolumes create,delete,get,list,update,watch
          core persistentvolumes/status update
          core persistentvolumeclaims get,list,update,watch
          core persistentvolumeclaims/status update
          core pods create,delete,get,list,watch
          core nodes get,list
          core,events.k8s.io events create,patch,update
        role system:controller:pod-garbage-collector
          core pods delete,list,watch
          core nodes read
          core pods/status patch
        role system:controller:pvc-protection-controller
          core persistentvolumeclaims get,list,update,watch
          core pods get,list,watch
          core,events.k8s.io events create,patch,update
        role system:controller:replicaset-controller
          apps,extensions replicasets get,list,update,watch
          apps,extensions replicasets/status update
          apps,extensions replicasets/finalizers update
          core pods create,delete,list,patch,watch
          core,events.k8s.io events create,patch,update
        role system:controller:root-ca-cert-publisher
          core configmaps create,update
          core,events.k8s.io events create,patch,update
        role system:controller:service-account-controller
          core serviceaccounts create
          core,events.k8s.io events create,patch,update
        role system:controller:statefulset-controller
          core pods list,watch
          apps statefulsets read
          apps statefulsets/status update
          apps statefulsets/finalizers update
          core pods create,delete,get,patch,update
          apps controllerrevisions create,delete,get,list,patch,update,watch
          core persistentvolumeclaims create,get,list,watch
          core persistentvolumeclaims delete,update
          core pods/finalizers update
          core,events.k8s.io events create,patch,update
        """

    static let clusterRoleBindings = """
        bind cluster-admin cluster-admin group:system:masters
        bind system:monitoring system:monitoring group:system:monitoring
        bind system:discovery system:discovery group:system:authenticated
        bind system:basic-user system:basic-user group:system:authenticated
        bind system:public-info-viewer system:public-info-viewer group:system:authenticated group:system:unauthenticated
        bind system:node-proxier system:node-proxier user:system:kube-proxy
        bind system:kube-controller-manager system:kube-controller-manager user:system:kube-controller-manager
        bind system:kube-dns system:kube-dns account:kube-system/kube-dns
        bind system:kube-scheduler system:kube-scheduler user:system:kube-scheduler
        bind system:service-account-issuer-discovery system:service-account-issuer-discovery group:system:serviceaccounts
        """

    static let namespacedRoles = """
        role kube-system/extension-apiserver-authentication-reader
          core configmaps read names=extension-apiserver-authentication
        role kube-system/system::leader-locking-kube-controller-manager
          coordination.k8s.io leases create,get,list,update,watch
        role kube-system/system::leader-locking-kube-scheduler
          coordination.k8s.io leases create,get,list,update,watch
        bind kube-system/system::extension-apiserver-authentication-reader kube-system/extension-apiserver-authentication-reader user:system:kube-controller-manager user:system:kube-scheduler
        bind kube-system/system::leader-locking-kube-controller-manager kube-system/system::leader-locking-kube-controller-manager user:system:kube-controller-manager account:kube-system/kube-controller-manager
        bind kube-system/system::leader-locking-kube-scheduler kube-system/system::leader-locking-kube-scheduler user:system:kube-scheduler account:kube-system/kube-scheduler
        """

    /// What the lab's own parts need beyond upstream's roles: its controllers share one identity, and they patch what they own where
    /// upstream's update whole objects.
    static let lab = """
        role updraft:controllers
          apps deployments/status,replicasets,replicasets/status,statefulsets/status,daemonsets/status patch
          autoscaling horizontalpodautoscalers/status patch
          core pods,nodes,namespaces,endpoints,serviceaccounts,persistentvolumeclaims,persistentvolumeclaims/status patch
          core persistentvolumes,persistentvolumes/status patch
          core configmaps create,get,list,watch,update,patch
          discovery.k8s.io endpointslices patch
          * */scale patch
          coordination.k8s.io leases get,update
          certificates.k8s.io certificatesigningrequests delete,read
          certificates.k8s.io certificatesigningrequests/approval,certificatesigningrequests/status update
          certificates.k8s.io signers approve names=kubernetes.io/kube-apiserver-client-kubelet
          certificates.k8s.io signers sign names=kubernetes.io/kube-apiserver-client,kubernetes.io/kube-apiserver-client-kubelet,kubernetes.io/kubelet-serving,kubernetes.io/legacy-unknown
        role updraft:scheduler
          coordination.k8s.io leases read,create,patch,update
          apps deployments read
        bind updraft:controllers updraft:controllers user:system:kube-controller-manager
        bind updraft:scheduler updraft:scheduler user:system:kube-scheduler
        bind updraft:kubelet-client system:kubelet-api-admin user:kube-apiserver-kubelet-client
        """
}
