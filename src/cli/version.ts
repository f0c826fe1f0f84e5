/** Replaced by the build with the version of package.json. */
declare const IIP_AUDIT_VERSION: string | undefined

export const version = typeof IIP_AUDIT_VERSION === 'string' ? IIP_AUDIT_VERSION : '0.0.0-source'
