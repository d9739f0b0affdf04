using Engine.Migration.Cli;

return await MigrationCommandLine.InvokeAsync(args);
