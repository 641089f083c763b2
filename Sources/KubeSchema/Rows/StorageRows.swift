// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Persistent volumes and the claims to them.
    static let storageRows = """
        package core/v1 v1 k8s.io.api.core.v1
        type PersistentVolume kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? PersistentVolumeSpec 2
          status? PersistentVolumeStatus 3
        type PersistentVolumeSpec
          capacity? map:quantity 1
          + PersistentVolumeSource 2
          accessModes? []string 3 list=atomic enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod
          claimRef? *ObjectReference 4
          persistentVolumeReclaimPolicy? string 5 enum=Delete|Recycle|Retain
          storageClassName? string 6
          mountOptions? []string 7 list=atomic
          volumeMode? *string 8 enum=Block|Filesystem
          nodeAffinity? *VolumeNodeAffinity 9
          volumeAttributesClassName? *string 10
        type PersistentVolumeSource
          gcePersistentDisk? *GCEPersistentDiskVolumeSource 1
          awsElasticBlockStore? *AWSElasticBlockStoreVolumeSource 2
          hostPath? *HostPathVolumeSource 3
          glusterfs? *GlusterfsPersistentVolumeSource 4
          nfs? *NFSVolumeSource 5
          rbd? *RBDPersistentVolumeSource 6
          iscsi? *ISCSIPersistentVolumeSource 7
          cinder? *CinderPersistentVolumeSource 8
          cephfs? *CephFSPersistentVolumeSource 9
          fc? *FCVolumeSource 10
          flocker? *FlockerVolumeSource 11
          flexVolume? *FlexPersistentVolumeSource 12
          azureFile? *AzureFilePersistentVolumeSource 13
          vsphereVolume? *VsphereVirtualDiskVolumeSource 14
          quobyte? *QuobyteVolumeSource 15
          azureDisk? *AzureDiskVolumeSource 16
          photonPersistentDisk *PhotonPersistentDiskVolumeSource 17
          portworxVolume? *PortworxVolumeSource 18
          scaleIO? *ScaleIOPersistentVolumeSource 19
          local? *LocalVolumeSource 20
          storageos? *StorageOSPersistentVolumeSource 21
          csi? *CSIPersistentVolumeSource 22
        type GlusterfsPersistentVolumeSource
          endpoints! string 1
          path! string 2
          readOnly? bool 3
          endpointsNamespace? *string 4
        type RBDPersistentVolumeSource
          monitors! []string 1 list=atomic
          image! string 2
          fsType? string 3
          pool? string 4 default="rbd"
          user? string 5 default="admin"
          keyring? string 6 default="/etc/ceph/keyring"
          secretRef? *SecretReference 7
          readOnly? bool 8
        type SecretReference
          name? string 1
          namespace? string 2
        type ISCSIPersistentVolumeSource
          targetPortal! string 1
          iqn! string 2
          lun! int32 3
          iscsiInterface? string 4 default="default"
          fsType? string 5
          readOnly? bool 6
          portals? []string 7 list=atomic
          chapAuthDiscovery? bool 8
          chapAuthSession? bool 11
          secretRef? *SecretReference 10
          initiatorName? *string 12
        type CinderPersistentVolumeSource
          volumeID! string 1
          fsType? string 2
          readOnly? bool 3
          secretRef? *SecretReference 4
        type CephFSPersistentVolumeSource
          monitors! []string 1 list=atomic
          path? string 2
          user? string 3
          secretFile? string 4
          secretRef? *SecretReference 5
          readOnly? bool 6
        type FlexPersistentVolumeSource
          driver! string 1
          fsType? string 2
          secretRef? *SecretReference 3
          readOnly? bool 4
          options? map:string 5
        type AzureFilePersistentVolumeSource
          secretName! string 1
          shareName! string 2
          readOnly? bool 3
          secretNamespace!? *string 4
        type ScaleIOPersistentVolumeSource
          gateway! string 1
          system! string 2
          secretRef! *SecretReference 3
          sslEnabled? bool 4
          protectionDomain? string 5
          storagePool? string 6
          storageMode? string 7 default="ThinProvisioned"
          volumeName string 8
          fsType? string 9 default="xfs"
          readOnly? bool 10
        type LocalVolumeSource
          path! string 1
          fsType? *string 2
        type StorageOSPersistentVolumeSource
          volumeName string 1
          volumeNamespace? string 2
          fsType? string 3
          readOnly? bool 4
          secretRef? *ObjectReference 5
        type CSIPersistentVolumeSource
          driver! string 1
          volumeHandle! string 2
          readOnly? bool 3
          fsType? string 4
          volumeAttributes? map:string 5
          controllerPublishSecretRef? *SecretReference 6
          nodeStageSecretRef? *SecretReference 7
          nodePublishSecretRef? *SecretReference 8
          controllerExpandSecretRef? *SecretReference 9
          nodeExpandSecretRef? *SecretReference 10
        type VolumeNodeAffinity
          required *NodeSelector 1
        type PersistentVolumeStatus
          phase? string 1 enum=Available|Bound|Failed|Pending|Released
          message? string 2
          reason? string 3
          lastPhaseTransitionTime? *time 4
        type PersistentVolumeClaim kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? PersistentVolumeClaimSpec 2
          status? PersistentVolumeClaimStatus 3
        type PersistentVolumeClaimStatus
          phase? string 1 enum=Bound|Lost|Pending
          accessModes? []string 2 list=atomic enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod
          capacity? map:quantity 3
          conditions? []PersistentVolumeClaimCondition 4 patch=merge key=type list=map keys=type
          allocatedResources? map:quantity 5
          allocatedResourceStatuses? map:string 7 map=granular
          currentVolumeAttributesClassName? *string 8
          modifyVolumeStatus? *ModifyVolumeStatus 9
        type PersistentVolumeClaimCondition
          type! string 1 enum=ControllerResizeError|FileSystemResizePending|ModifyVolumeError|ModifyingVolume|NodeResizeError|Resizing|Unused
          status! string 2 enum=False|True|Unknown
          lastProbeTime? time 3
          lastTransitionTime? time 4
          reason? string 5
          message? string 6
        type ModifyVolumeStatus
          targetVolumeAttributesClassName string 1
          status! string 2 enum=InProgress|Infeasible|Pending
        """
}
