# The agent as an image: Node and one file. Build from the folder of the repository after `npm run build`:
#   docker build -f deploy/agent.Dockerfile -t fernblick-agent .
FROM node:22-slim
COPY dist/fernblick-agent.cjs /opt/fernblick/fernblick-agent.cjs
RUN mkdir -p /var/lib/fernblick-agent && chown 65532:65532 /var/lib/fernblick-agent
USER 65532:65532
ENV FERNBLICK_AGENT_DATA=/var/lib/fernblick-agent
ENTRYPOINT ["node", "/opt/fernblick/fernblick-agent.cjs"]
CMD ["run", "--kubernetes"]
