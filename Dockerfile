# One image for all parts; the command picks the part:
#   dist/apps/server/src/main.js | dist/apps/dp-gateway/src/main.js | dist/apps/importer/src/main.js
#   dist/apps/dp-agent/src/main.js run --gateway URL --state /var/lib/relaypoint
# It runs as a user without rights, and with a read-only file system: only /var/lib/relaypoint and /tmp are written to.

FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --include=dev --no-audit --no-fund
COPY . .
# what /version shows: docker build --build-arg RELAYPOINT_COMMIT=$(git rev-parse --short=12 HEAD)
ARG RELAYPOINT_COMMIT=
RUN node tools/build.ts && node tools/client-pack.mjs && node tools/dp-pack.ts

FROM node:24-slim AS packages
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production \
    RELAYPOINT_STATE=/var/lib/relaypoint
WORKDIR /opt/relaypoint
COPY --from=packages /src/node_modules node_modules
COPY --from=build /src/dist dist
# package.json says where the libraries (#domain, #contract, ...) are
COPY package.json LICENSE ./
RUN install -d -o node -g node -m 0700 /var/lib/relaypoint
USER node
VOLUME /var/lib/relaypoint
ENTRYPOINT ["node"]
CMD ["dist/apps/server/src/main.js"]
