// Node 20 is supported on a developer's machine; the SDK's notice of its own plans does not belong into test output.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
