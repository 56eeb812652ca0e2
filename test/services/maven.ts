/** A dependency of a pom. */
export const dependency = (group: string, artifact: string, version: string, more = ''): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${more}</dependency>`

/** Behind a dependency: without what it depends on itself. */
export const ALONE = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>'
