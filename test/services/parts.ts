import { chromiumPart } from './chromium.ts'
import { hivePart } from './hive.ts'
import { kafkaPart } from './kafka.ts'
import { helmPart, kubeconformPart } from './kube.ts'
import { librdkafkaPart } from './librdkafka.ts'
import { minioPart } from './minio.ts'
import { ollamaPart } from './ollama.ts'
import type { Part } from './part.ts'
import { postgresPart } from './postgres.ts'
import { promtoolPart } from './promtool.ts'
import { redisPart } from './redis.ts'
import { registryPart } from './registry.ts'
import { trinoPart } from './trino.ts'

/** Every part of `npm test`, the longest builds first so that they begin first. */
export const parts: readonly Part[] = [
  minioPart,
  librdkafkaPart,
  ollamaPart,
  helmPart,
  promtoolPart,
  kafkaPart,
  registryPart,
  kubeconformPart,
  postgresPart,
  redisPart,
  chromiumPart,
]

/** What `npm run test:analytics` needs besides. */
export const analyticsParts: readonly Part[] = [trinoPart, hivePart]
