//! The config may be any type with a size, by reference; the function may take what it derefs to.

use pool_tokio::Pooled;

trait Dial: Send + Sync {}

#[derive(Pooled)]
#[pooled(create = from_bytes(&Vec<u8>))]
struct FromBytes;

fn from_bytes(_: &Vec<u8>) -> FromBytes {
    FromBytes
}

#[derive(Pooled)]
#[pooled(create = from_name(&&'static str))]
struct FromName;

fn from_name(_: &&'static str) -> FromName {
    FromName
}

#[derive(Pooled)]
#[pooled(create = from_dial(&Box<dyn Dial>))]
struct FromDial;

fn from_dial(_: &Box<dyn Dial>) -> FromDial {
    FromDial
}

#[derive(Pooled)]
#[pooled(create = from_pair(&(String, u16)) -> Result<FromPair, Box<dyn std::error::Error + Send + Sync>>)]
struct FromPair;

fn from_pair(_: &(String, u16)) -> Result<FromPair, Box<dyn std::error::Error + Send + Sync>> {
    Ok(FromPair)
}

#[derive(Pooled)]
#[pooled(create = from_text(&String))]
struct FromText;

fn from_text(_: &str) -> FromText {
    FromText
}

fn main() {}
