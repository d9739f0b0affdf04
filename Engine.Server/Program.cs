using Engine.Server.Cli;

return await ServerCommandLine.InvokeAsync(args).ConfigureAwait(false);
