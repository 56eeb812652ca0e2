import { arrayOf, extend, flag, instant, objectOf, orNull, schemaOf, text } from '../http/json-schema.ts'

export const documentSummary = objectOf({
  document_id: text,
  source_id: text,
  source_type: text,
  source_owner: orNull(text),
  url: orNull(text),
  title: orNull(text),
  published_at: orNull(instant),
  received_at: instant,
  known_at: instant,
  symbols: arrayOf(text),
  simulated: flag,
})

export const orderSchema = extend(schemaOf('OrderRequest'), {
  status: text,
  order_id: orNull(text),
  filled_qty: text,
  leaves_qty: text,
  filled_avg_price: orNull(text),
  status_at: instant,
  status_reason: orNull(text),
})
