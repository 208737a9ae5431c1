/// What the screens may call. Each has to be allowed in `capabilities/main.json`, too.
const COMMANDS: &[&str] = &[
    "account",
    "pair",
    "enter",
    "refuse",
    "forget",
    "run",
    "watch",
    "cancel",
    "initiate_oauth",
    "poll_oauth",
    "upload",
    "save",
    "device_open",
    "device_read",
    "device_write",
    "device_newest",
    "device_file",
    "device_keep_file",
    "device_clear",
];

fn main() {
    let commands = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        println!("cargo::error={error:#}");
    }
}
