// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Containers, with their probes, environment and security.
    static let containerRows = """
        package core/v1 v1 k8s.io.api.core.v1
        type Container
          name! string 1
          image? string 2
          command? []string 3 list=atomic
          args? []string 4 list=atomic
          workingDir? string 5
          ports? []ContainerPort 6 patch=merge key=containerPort list=map keys=containerPort,protocol
          envFrom? []EnvFromSource 19 list=atomic
          env? []EnvVar 7 patch=merge key=name list=map keys=name
          resources? ResourceRequirements 8
          resizePolicy? []ContainerResizePolicy 23 list=atomic
          restartPolicy? *string 24 enum=Always|Never|OnFailure
          restartPolicyRules? []ContainerRestartRule 25 list=atomic
          volumeMounts? []VolumeMount 9 patch=merge key=mountPath list=map keys=mountPath
          volumeDevices? []VolumeDevice 21 patch=merge key=devicePath list=map keys=devicePath
          livenessProbe? *Probe 10
          readinessProbe? *Probe 11
          startupProbe? *Probe 22
          lifecycle? *Lifecycle 12
          terminationMessagePath? string 13
          terminationMessagePolicy? string 20 enum=FallbackToLogsOnError|File
          imagePullPolicy? string 14 enum=Always|IfNotPresent|Never
          securityContext? *SecurityContext 15
          stdin? bool 16
          stdinOnce? bool 17
          tty? bool 18
        type ContainerPort
          name? string 1
          hostPort? int32 2
          containerPort! int32 3
          protocol? string 4 default="TCP" enum=SCTP|TCP|UDP
          hostIP? string 5
        type EnvFromSource
          prefix? string 1
          configMapRef? *ConfigMapEnvSource 2
          secretRef? *SecretEnvSource 3
        type ConfigMapEnvSource
          + LocalObjectReference 1
          optional? *bool 2
        type SecretEnvSource
          + LocalObjectReference 1
          optional? *bool 2
        type EnvVar
          name! string 1
          value? string 2
          valueFrom? *EnvVarSource 3
        type EnvVarSource
          fieldRef? *ObjectFieldSelector 1
          resourceFieldRef? *ResourceFieldSelector 2
          configMapKeyRef? *ConfigMapKeySelector 3
          secretKeyRef? *SecretKeySelector 4
          fileKeyRef? *FileKeySelector 5
        type ConfigMapKeySelector
          + LocalObjectReference 1
          key! string 2
          optional? *bool 3
        type SecretKeySelector
          + LocalObjectReference 1
          key! string 2
          optional? *bool 3
        type FileKeySelector
          volumeName! string 1
          path! string 2
          key! string 3
          optional? *bool 4 default=false
        type ResourceRequirements
          limits? map:quantity 1
          requests? map:quantity 2
          claims? []ResourceClaim 3 list=map keys=name
        type ResourceClaim
          name! string 1
          request? string 2
        type ContainerResizePolicy
          resourceName! string 1 enum=configmaps|cpu|ephemeral-storage|limits.cpu|limits.ephemeral-storage|limits.memory|memory|persistentvolumeclaims|pods|replicationcontrollers|requests.cpu|requests.ephemeral-storage|requests.memory|requests.storage|resourcequotas|secrets|services|services.loadbalancers|services.nodeports|storage
          restartPolicy! string 2 enum=NotRequired|RestartContainer
        type ContainerRestartRule
          action string 1 enum=Restart|RestartAllContainers
          exitCodes? *ContainerRestartRuleOnExitCodes 2
        type ContainerRestartRuleOnExitCodes
          operator string 1 enum=In|NotIn
          values? []int32 2 list=set
        type VolumeMount
          name! string 1
          readOnly? bool 2
          recursiveReadOnly? *string 7 enum=Disabled|Enabled|IfPossible
          mountPath! string 3
          subPath? string 4
          mountPropagation? *string 5 enum=Bidirectional|HostToContainer|None
          subPathExpr? string 6
        type VolumeDevice
          name! string 1
          devicePath! string 2
        type Probe
          + ProbeHandler 1
          initialDelaySeconds? int32 2
          timeoutSeconds? int32 3
          periodSeconds? int32 4
          successThreshold? int32 5
          failureThreshold? int32 6
          terminationGracePeriodSeconds? *int64 7
        type ProbeHandler
          exec? *ExecAction 1
          httpGet? *HTTPGetAction 2
          tcpSocket? *TCPSocketAction 3
          grpc? *GRPCAction 4
        type ExecAction
          command? []string 1 list=atomic
        type HTTPGetAction
          path? string 1
          port! intOrString 2
          host? string 3
          scheme? string 4 enum=HTTP|HTTPS
          httpHeaders? []HTTPHeader 5 list=atomic
        type HTTPHeader
          name! string 1
          value! string 2
        type TCPSocketAction
          port! intOrString 1
          host? string 2
        type GRPCAction
          port! int32 1
          service!? *string 2 default=""
        type Lifecycle
          postStart? *LifecycleHandler 1
          preStop? *LifecycleHandler 2
          stopSignal? *string 3 enum=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
        type LifecycleHandler
          exec? *ExecAction 1
          httpGet? *HTTPGetAction 2
          tcpSocket? *TCPSocketAction 3
          sleep? *SleepAction 4
        type SleepAction
          seconds! int64 1
        type SecurityContext
          capabilities? *Capabilities 1
          privileged? *bool 2
          seLinuxOptions? *SELinuxOptions 3
          windowsOptions? *WindowsSecurityContextOptions 10
          runAsUser? *int64 4
          runAsGroup? *int64 8
          runAsNonRoot? *bool 5
          readOnlyRootFilesystem? *bool 6
          allowPrivilegeEscalation? *bool 7
          procMount? *string 9 enum=Default|Unmasked
          seccompProfile? *SeccompProfile 11
          appArmorProfile? *AppArmorProfile 12
        type Capabilities
          add? []string 1 list=atomic
          drop? []string 2 list=atomic
        type SELinuxOptions
          user? string 1
          role? string 2
          type? string 3
          level? string 4
        type WindowsSecurityContextOptions
          gmsaCredentialSpecName? *string 1
          gmsaCredentialSpec? *string 2
          runAsUserName? *string 3
          hostProcess? *bool 4
        type SeccompProfile
          type! string 1 enum=Localhost|RuntimeDefault|Unconfined
          localhostProfile? *string 2
        type AppArmorProfile
          type! string 1 enum=Localhost|RuntimeDefault|Unconfined
          localhostProfile? *string 2
        type EphemeralContainer
          + EphemeralContainerCommon 1
          targetContainerName? string 2
        type EphemeralContainerCommon
          name! string 1
          image string 2
          command? []string 3 list=atomic
          args? []string 4 list=atomic
          workingDir? string 5
          ports? []ContainerPort 6 patch=merge key=containerPort list=map keys=containerPort,protocol
          envFrom? []EnvFromSource 19 list=atomic
          env? []EnvVar 7 patch=merge key=name list=map keys=name
          resources? ResourceRequirements 8
          resizePolicy? []ContainerResizePolicy 23 list=atomic
          restartPolicy? *string 24 enum=Always|Never|OnFailure
          restartPolicyRules? []ContainerRestartRule 25 list=atomic
          volumeMounts? []VolumeMount 9 patch=merge key=mountPath list=map keys=mountPath
          volumeDevices? []VolumeDevice 21 patch=merge key=devicePath list=map keys=devicePath
          livenessProbe? *Probe 10
          readinessProbe? *Probe 11
          startupProbe? *Probe 22
          lifecycle? *Lifecycle 12
          terminationMessagePath? string 13
          terminationMessagePolicy? string 20 enum=FallbackToLogsOnError|File
          imagePullPolicy? string 14 enum=Always|IfNotPresent|Never
          securityContext? *SecurityContext 15
          stdin? bool 16
          stdinOnce? bool 17
          tty? bool 18
        """
}
