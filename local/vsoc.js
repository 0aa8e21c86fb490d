#!/usr/bin/env node
// Runs the TypeScript sources as they are, on every Node from 20 on.
import { register } from 'tsx/esm/api';

// Node 20 is supported on a developer's machine; the SDK's notice of its own plans is not for our users.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

register();
await import('./vsoc.ts');
