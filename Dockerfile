# One image for every Node workload: what it runs is the argument, as in `stonks run parse`.
ARG NODE_VERSION=24
FROM node:${NODE_VERSION}-slim AS packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates g++ make python3 pkg-config libcurl4-openssl-dev rapidjson-dev libzstd-dev liblz4-dev libsasl2-dev libssl-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --omit=dev --no-audit --no-fund
# Exactly-once needs the native client; the pure one (STONKS_DRIVER=kafkajs) is at-least-once. Empty leaves it out.
ARG KAFKA_CLIENT=@confluentinc/kafka-javascript@1.10.1
RUN if [ -n "$KAFKA_CLIENT" ]; then CKJS_LINKING=dynamic npm install --no-save --omit=dev --no-audit --no-fund "$KAFKA_CLIENT"; fi

FROM node:${NODE_VERSION}-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libcurl4 libzstd1 liblz4-1 libsasl2-2 \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY streams ./streams
COPY schemas ./schemas
COPY topology ./topology
COPY processors ./processors
COPY connectors ./connectors
COPY api ./api
COPY cli ./cli
COPY migrations ./migrations
# node answers SIGTERM itself, so nothing stands between it and the kernel.
RUN printf '#!/bin/sh\nexec node /app/cli/main.ts "$@"\n' > /usr/local/bin/stonks \
 && chmod 755 /usr/local/bin/stonks \
 && install -d -o node -g node /app/.stonks
USER 1000:1000
EXPOSE 8000
ENTRYPOINT ["stonks"]
CMD ["--help"]
