using FleetChat.LocalHost.Commands;

return await CommandLine.RunAsync(args);
