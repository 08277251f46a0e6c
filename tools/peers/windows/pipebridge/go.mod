module relaypoint.test/pipebridge

go 1.19
