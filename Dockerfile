# One image for every Node workload: what it runs is the argument, as in `stonks run parse`.
ARG NODE_VERSION=24
FROM node:${NODE_VERSION}-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --omit=dev --no-audit --no-fund

FROM node:${NODE_VERSION}-slim
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
