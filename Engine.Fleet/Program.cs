using Engine.Fleet.Cli;

return await FleetCommandLine.InvokeAsync(args).ConfigureAwait(false);
